// SPDX-License-Identifier: MIT
// paste - finds base URLs and keys in whatever somebody pastes: lines, shell exports, JSON, messages from a chat.
//
// What is wanted are the addresses and secrets of an upstream, not all that looks like one: schemas of JSON files, names of
// variables and of models are passed over.  Nothing is asked or kept; what was found can be taken out again by hand.

const URLS_MOST = 10;
const KEYS_MOST = 200;

// What a request's path ends in says which dialect the upstream speaks, and is no part of the base.
const ENDINGS = [
    [/\/models\/[^/]*:(?:stream)?generatecontent(?=\/|$)/i, 'gemini'],
    [/\/(?:stream)?generatecontent(?=\/|$)/i, 'gemini'],
    [/\/chat\/completions(?=\/|$)/i, 'chat'],
    [/\/messages(?=\/|$)/i, 'claude'],
    [/\/responses(?=\/|$)/i, 'responses'],
];
const HOSTS = { 'api.anthropic.com': 'claude', 'generativelanguage.googleapis.com': 'gemini', 'api.openai.com': 'chat' };
const WIRE = /\bwire_api["']?\s*[=:]\s*["']?(responses|chat)\b/i; // Codex CLI's config.toml says it in words
const SCHEMA = /["']?\$schema["']?\s*[:=]\s*["']?[^\s"',}]+["']?/gi;
const SCHEMA_HOST = /^https?:\/\/(?:json-schema\.org|(?:json\.|www\.)?schemastore\.org)(?:[/:#]|$)/i;
const URL_RUN = /https?:\/\/[^\s"'`<>(){}|\\^,;\u0080-\uffff]+/gi;
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const URL_FORM = new RegExp(`^(https?)://(${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(:\\d{1,5})?(/[^?#]*)?(\\?[^#]*)?(#.*)?$`, 'i');
const VERSION = /\/v\d+[a-z0-9]*$/i;
const PORT_MOST = 65535;

// {base, dialect, query}, or null: it is none.
function readUrl(run) {
    const m = URL_FORM.exec(run.replace(/[.!?:\]]+$/, (end) => (/^https?:\/\/\[[^\]]*$/i.test(run.slice(0, -end.length)) ? end.replace(/[^\]].*$/, '') : '')));
    if (!m || (m[3] && (Number(m[3].slice(1)) > PORT_MOST || Number(m[3].slice(1)) === 0)))
        return null;
    const host = m[2].toLowerCase();
    let path = m[4] ?? '';
    let dialect = '';
    for (const [ending, name] of ENDINGS) {
        const at = path.search(ending);
        if (at < 0)
            continue;
        path = path.slice(0, at);
        dialect = name;
        break;
    }
    path = path.replace(/\/+$/, '');
    // Who pastes a request's whole address without a version in it means that none is to be inserted.
    const isExact = m[6] === '#' || (dialect !== '' && !VERSION.test(path));
    return { base: `${m[1].toLowerCase()}://${host}${m[3] ?? ''}${path}${isExact ? '#' : ''}`, host, dialect, query: m[5] ?? '' };
}

const ENV_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const MODEL = /^(?:claude|gpt|chatgpt|gemini|gemma|codex|o\d|glm|qwen|qwq|deepseek|kimi|moonshot|grok|llama|mistral|mixtral|doubao|minimax|ernie|hunyuan|text|dall|whisper|tts|sonnet|opus|haiku)[-_]/i;
const PLAIN_WORDS = new Set(['access', 'admin', 'anthropic', 'api', 'apikey', 'app', 'auth', 'authorization', 'azure', 'base', 'bearer', 'claude', 'client', 'code',
    'config', 'deepseek', 'default', 'doc', 'docs', 'env', 'file', 'gateway', 'gemini', 'goog', 'google', 'header', 'here', 'host', 'id', 'key', 'keys', 'list', 'max', 'model',
    'models', 'my', 'name', 'openai', 'org', 'pair', 'path', 'proxy', 'pwd', 'reference', 'secret', 'server', 'service', 'settings', 'store', 'test', 'token', 'tokens', 'type', 'url',
    'urls', 'user', 'value', 'vault', 'version', 'x', 'your']);

const isWords = (s) => s.split(/[-_.]/).every((part) => PLAIN_WORDS.has(part.toLowerCase()) || part === '');
const isMixed = (s) => /\d/.test(s) || (/[a-z]/.test(s) && /[A-Z]/.test(s));

// The forms that vendors give keys, then what keys look like in general; body: without the padding at its end.
const FORMS = [
    (s) => /^sk-(?:proj-|ant-|or-v1-)?[\w-]{8,}$/.test(s),
    (s) => /^AIza[\w-]{26,}$/.test(s),
    (s) => /^(?:hf_[A-Za-z0-9]{27,}|gsk_[A-Za-z0-9]{36,}|pplx-[A-Za-z0-9]{35,}|r8_[A-Za-z0-9]{17,})$/.test(s),
    (s) => /^[A-Za-z0-9]{20,}\.[A-Za-z0-9]{10,}$/.test(s),
    (s) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(s),
    (s) => /^AK[A-Z]{2,4}[A-Za-z0-9]{20,}$/.test(s),
    (s) => /^[A-Za-z]{2,6}[-_][\w-]{10,}$/.test(s) && isMixed(s.replace(/^[A-Za-z]+[-_]/, '')),
    (s) => s.length >= 20 && /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(s),
    (s) => /^[\w-]{32,}$/.test(s) && /\d/.test(s) && /[A-Za-z]/.test(s),
    (s) => /^[\w+-][\w+/-]{31,}$/.test(s) && /[+/]/.test(s) && /\d/.test(s) && /[a-z]/.test(s) && /[A-Z]/.test(s),
    (s) => /^(?:sk|api|key|ut|hf|gsk|cr|ms|r8|pplx)[-_][\w.-]*[A-Za-z0-9][\w.-]*$/i.test(s),
];

export function isKey(token) {
    const body = token.replace(/={1,2}$/, '');
    if (!body || ENV_NAME.test(body) || MODEL.test(body) || isWords(body))
        return false;
    return FORMS.some((fits) => fits(body));
}

// "NAME=value" and "name:value" are a name and a value; = at the end is the value's own.
function candidates(token) {
    const padding = /={1,2}$/.exec(token)?.[0] ?? '';
    const parts = token.slice(0, token.length - padding.length).split(/=+/);
    const all = parts.map((part, i) => (i === parts.length - 1 ? part + padding : part));
    return all.flatMap((part) => (part.includes(':') ? part.split(/:+/) : [part]));
}

// Full stops and such of a sentence are no part of a key.
const trimmed = (token) => token.replace(/^[.:!?*#@$-]+/, '').replace(/[.:!?*]+$/, '');

function findKeys(text) {
    const found = new Set();
    for (const token of text.split(/[^\x21-\x7e]+|[,;"'`()<>[\]{}|\\&?]+/))
        for (const part of candidates(token)) {
            const key = trimmed(part);
            if (key && found.size < KEYS_MOST && isKey(key))
                found.add(key);
        }
    return [...found];
}

const SECOND = new Set(['ac', 'co', 'com', 'edu', 'gov', 'net', 'org']);

// api.openai.com → openai; an address is its own name.
export function nameOf(base) {
    const host = /^https?:\/\/(\[[^\]]+\]|[^/:#]+)/i.exec(base)?.[1] ?? '';
    if (!host || host.startsWith('[') || /^[\d.]+$/.test(host))
        return host.replace(/[[\]]/g, '');
    const labels = host.split('.');
    if (labels.length <= 2)
        return labels[0];
    const isLong = labels.at(-1).length === 2 && SECOND.has(labels.at(-2)) && labels.length > 2;
    return labels.at(isLong ? -3 : -2);
}

// → {urls, keys, dialect, name}: dialect is '' where nothing says it, name '' without a URL.
export function parsePaste(text) {
    const plain = text.replace(/%20/gi, ' ').replace(/\\\//g, '/').replace(/\\[nrt]/g, ' ').replace(SCHEMA, ' ');
    const urls = [];
    let dialect = '';
    let known = '';
    const rest = plain.replace(URL_RUN, (run) => {
        const url = readUrl(run);
        if (!url || SCHEMA_HOST.test(run))
            return ' ';
        dialect ||= url.dialect;
        known ||= HOSTS[url.host] ?? '';
        if (urls.length < URLS_MOST && !urls.includes(url.base))
            urls.push(url.base);
        return ` ${url.query} `;
    });
    const wire = WIRE.exec(plain)?.[1].toLowerCase() ?? '';
    return { urls, keys: findKeys(rest), dialect: dialect || wire || known, name: urls.length ? nameOf(urls[0]) : '' };
}

// What may be seen of a key: as the gateway masks them.
export function maskKey(key) {
    const [first, last] = key.length >= 32 ? [8, 4] : key.length >= 20 ? [4, 2] : key.length >= 12 ? [2, 0] : [0, 0];
    return `${key.slice(0, first)}***${last ? key.slice(-last) : ''}`;
}

// Whether a base URL leads to this machine or into a network of one's own: the gateway asks there only if it is told to.
export function isPrivate(base) {
    const host = /^https?:\/\/(\[[^\]]+\]|[^/:#]+)/i.exec(base)?.[1].toLowerCase() ?? '';
    if (host.startsWith('['))
        return /^\[(?:::1?\]|f[cd]|fe[89ab]|::ffff:)/.test(host);
    return /^(?:localhost|.*\.(?:localhost|local|lan|internal|home\.arpa))$/.test(host) || (!host.includes('.') && host !== '')
        || /^(?:0|10|127)\.[\d.]+$|^192\.168\.[\d.]+$|^169\.254\.[\d.]+$|^172\.(?:1[6-9]|2\d|3[01])\.[\d.]+$|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.[\d.]+$/.test(host);
}
