// SPDX-License-Identifier: MIT
// panel_words - every word of the panel is there in both languages, is used, and is loaded where it is used.

import { closing, lineOf } from './panel_source.mjs';

const KEY = /^[a-z]\w*\.\w[\w.-]*$/;
const HAN = /\p{Script=Han}/u;
// What is written in Latin letters in Chinese, too: names, units, what stands in programs.
const NAMES = new RegExp(`^(?:${['API', 'ABI', 'RPM', 'TPM', 'URL', 'URLs', 'JSON', 'CSV', 'HTTP', 'HTTPS', 'SSE', 'DNS', 'TCP', 'TLS', 'IP', 'ID', 'CPU', 'OK',
    'OpenAI', 'Anthropic', 'Google', 'Claude', 'Code', 'Codex', 'CLI', 'Gemini', 'Chat', 'Completions', 'Messages', 'Responses', 'claude', 'proxy',
    'claudeproxy', 'Curl', 'curl', 'Python', 'SDK', 'Token', 'token', 'tokens', 'Tokens', 'p50', 'p95', 'p99', 'ms', 's', 'min', 'h', 'd', 'KB', 'MB', 'GB', 'KiB', 'MiB', 'GiB', 'B',
    'K', 'M', 'k', 'v', 'ULID', 'UTC', 'English', 'ETag', 'SHA', 'USD', 'LLM', 'Linux', 'macOS', 'Windows', 'PowerShell', 'bash', 'zsh', 'Cursor', 'Aider', 'Debian', 'GitHub', 'MIT'].join('|')})$`);

/** Map of key -> { en, zh, file }, and what is wrong with the table itself. */
export function load(files, complain) {
    const table = new Map();
    for (const f of files.filter((x) => x.path.startsWith('text/'))) {
        const words = (name, all) => {
            for (const [key, texts] of Object.entries(all)) {
                const whole = `${name}.${key}`;
                if (table.has(whole)) {
                    complain(f, 0, `${whole} is told twice, also in ${table.get(whole).file.path}`);
                }
                table.set(whole, { texts, file: f });
            }
        };
        // The words alone: what they import is the function that takes them.
        new Function('words', f.text.replace(/^import .*$/gm, ''))(words);
        repeated(f, complain);
    }
    for (const [key, { texts, file }] of table) {
        judge(key, texts, (why) => complain(file, 0, `${key}: ${why}`));
    }
    return table;
}

/** A key that stands twice in one list: the second one wins silently. */
function repeated(f, complain) {
    for (const m of f.code.matchAll(/\bwords\(/g)) {
        const body = f.text.slice(m.index, closing(f.code, m.index + 5));
        const seen = new Set();
        for (const k of body.matchAll(/^ {4}(?:'([^']+)'|(\w+)):/gm)) {
            const key = k[1] ?? k[2];
            if (seen.has(key)) {
                complain(f, lineOf(f.text, m.index + k.index), `${key} stands twice in one list`);
            }
            seen.add(key);
        }
    }
}

const forms = (text) => (typeof text === 'string' ? [text] : Object.values(text ?? {}));
const holes = (text) => [...new Set(forms(text).join(' ').match(/\{\w+\}/g) ?? [])].sort().join(' ');

function judge(key, texts, wrong) {
    if (!Array.isArray(texts) || texts.length !== 2 || texts.some((x) => !forms(x).length || forms(x).some((s) => typeof s !== 'string' || !s.trim()))) {
        wrong('must be [English, Chinese], both not empty');
        return;
    }
    const [en, zh] = texts;
    if (holes(en) !== holes(zh)) {
        wrong(`English has ${holes(en) || 'no placeholder'}, Chinese ${holes(zh) || 'none'}`);
    }
    if (typeof en === 'object' && !('other' in en)) {
        wrong('a plural needs "other"');
    }
    const foreign = forms(zh).join(' ').replace(/\{\w+\}/g, ' ');
    const words = foreign.match(/[A-Za-z][A-Za-z0-9]*/g) ?? [];
    if (!HAN.test(foreign) && words.some((w) => !NAMES.test(w))) {
        wrong(`no Chinese: "${foreign}"`);
    }
    if (HAN.test(forms(en).join('')) && !/^[a-z]+\.(zh|chinese|language)/i.test(key)) {
        wrong('Chinese in the English text');
    }
}

/** The keys of one file: [{ key, at, isSure }] and patterns [{ from, to, at }] for those that are put together. */
function used(f) {
    const keys = [];
    const patterns = [];
    const calls = [...f.code.matchAll(/(?<![\w.])t\(/g)].map((m) => [m.index, closing(f.code, m.index + m[0].length - 1)]);
    const isInCall = (s) => calls.some(([a, b]) => s.at > a && s.at < b);
    for (const s of f.strings) {
        if (s.isTemplate && s.holes.length) {
            const from = f.text.slice(s.at + 1, s.holes[0][0] - 2);
            const to = f.text.slice(s.holes.at(-1)[1] + 1, s.end - 1);
            if (/^[a-z]\w*\./.test(from)) {
                patterns.push({ from, to, at: s.at, isSure: isInCall(s) });
            }
        } else if (KEY.test(s.text) && !/\btOr\(\s*$/.test(f.text.slice(0, s.at))) {
            // The first string of a call is the key; in those after it stand its arguments.
            keys.push({ key: s.text, at: s.at, isSure: calls.some(([a]) => a < s.at && /^\s*$/.test(f.code.slice(a + 2, s.at))) });
        }
    }
    for (const m of f.text.matchAll(/(?<![\w.])tOr\(\s*'([\w.]+)'/g)) {
        patterns.push({ from: `${m[1]}.`, to: '', at: m.index, isSure: true });
    }
    return { keys, patterns };
}

/** `reach(f)` tells which files are loaded when f runs. */
export function check(files, table, reach, complain) {
    const seen = new Set();
    const loaded = (f, key, at) => {
        seen.add(key);
        if (!reach(f).has(table.get(key).file)) {
            complain(f, at, `${key} is told in ${table.get(key).file.path}, which is not imported here`);
        }
    };
    for (const f of files.filter((x) => !x.path.startsWith('text/') && x.path.endsWith('.js'))) {
        const { keys, patterns } = used(f);
        for (const { key, at, isSure } of keys) {
            if (table.has(key)) {
                loaded(f, key, lineOf(f.text, at));
            } else if (isSure) {
                complain(f, lineOf(f.text, at), `no words for ${key}`);
            }
        }
        for (const { from, to, at, isSure } of patterns) {
            const fit = [...table.keys()].filter((k) => k.startsWith(from) && k.endsWith(to));
            fit.forEach((key) => loaded(f, key, lineOf(f.text, at)));
            if (!fit.length && isSure) {
                complain(f, lineOf(f.text, at), `no words begin with ${from}`);
            }
        }
    }
    for (const [key, { file }] of table) {
        if (!seen.has(key) && file.path !== 'text/common.js') { // what all screens share may be ahead of them
            complain(file, 0, `${key} is used nowhere`);
        }
    }
}
