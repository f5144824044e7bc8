// SPDX-License-Identifier: MIT
// setup - lines to paste for each client: for a POSIX shell and for PowerShell, with an address, a key and a model.
//
// Which variables clients read was seen with Claude Code 2.1, Codex CLI 0.169, Gemini CLI 0.61, @anthropic-ai/sdk 1.12,
// openai 7.57 and @google/genai 3.1 in November 2026: Codex reads no OPENAI_BASE_URL and needs a provider; Gemini CLI wants
// its kind of login in a file, or it refuses a base URL.

export const SHELLS = ['posix', 'powershell'];

// In quotes of the shell; a key has no quotes in it, a name of a model might have anything.  PowerShell takes four more signs for
// the same quote (about_Quoting_Rules; the language specification, 2.3.5.2).
const quoted = { posix: (v) => `'${v.replaceAll("'", "'\\''")}'`, powershell: (v) => `'${v.replace(/[\u0027\u2018-\u201b]/g, '$&$&')}'` };
const text = JSON.stringify; // TOML, Python and JavaScript read its quotes as it writes them

export const variable = (shell, name, value) => (shell === 'posix' ? `export ${name}=${quoted.posix(value)}` : `$env:${name} = ${quoted.powershell(value)}`);

const vars = (shell, all) => Object.entries(all).map(([name, value]) => variable(shell, name, value)).join('\n');
const without = { posix: (name) => `unset ${name}`, powershell: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue` };

// A file that is there already stays: it may hold more than this.
const unlessThere = {
    posix: (folder, file, line) => `mkdir -p ~/${folder}\n[ -e ~/${folder}/${file} ] || echo ${quoted.posix(line)} > ~/${folder}/${file}`,
    powershell: (folder, file, line) => `New-Item -ItemType Directory -Force "$HOME/${folder}" | Out-Null\nif (!(Test-Path "$HOME/${folder}/${file}")) { Set-Content "$HOME/${folder}/${file}" ${quoted.powershell(line)} }`,
};

// Two keys would both be sent; the sizes that Claude Code chooses among for small work and for helpers have names of their own.
function claude(s, { base, key, model, isOwnModel }) {
    const all = { ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: key };
    if (isOwnModel)
        for (const name of ['', 'DEFAULT_OPUS_', 'DEFAULT_SONNET_', 'DEFAULT_HAIKU_'])
            all[`ANTHROPIC_${name}MODEL`] = model;
    return [{ text: [vars(s, all), without[s]('ANTHROPIC_API_KEY'), 'claude'].join('\n') },
        { kind: 'keep', file: '~/.claude/settings.json', text: JSON.stringify({ env: all }, null, 2) }];
}

// Top-level keys stand before every table: so two pieces, for a file that has some already.
function codex(s, { base, key, model }) {
    return [{ kind: 'begin', file: '~/.codex/config.toml', text: `model = ${text(model)}\nmodel_provider = "claude-proxy"` },
        { kind: 'end', file: '~/.codex/config.toml', text: ['[model_providers.claude-proxy]', 'name = "claude-proxy"', `base_url = ${text(`${base}/v1`)}`, 'wire_api = "responses"', 'env_key = "CLAUDE_PROXY_KEY"'].join('\n') },
        { kind: 'run', text: `${vars(s, { CLAUDE_PROXY_KEY: key })}\ncodex` }];
}

const GEMINI = '{"security": {"auth": {"selectedType": "gemini-api-key"}}}';

function gemini(s, { base, key, model, isOwnModel }) {
    return [{ kind: 'once', file: '~/.gemini/settings.json', text: unlessThere[s]('.gemini', 'settings.json', GEMINI) },
        { kind: 'run', text: [vars(s, { GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: key }), isOwnModel ? `gemini -m ${quoted[s](model)}` : 'gemini'].join('\n') }];
}

const python = {
    openai: ({ base, key, model }) => `from openai import OpenAI\n\nclient = OpenAI(base_url=${text(`${base}/v1`)}, api_key=${text(key)})\nanswer = client.chat.completions.create(\n`
        + `    model=${text(model)}, messages=[{"role": "user", "content": "Hello"}])\nprint(answer.choices[0].message.content)`,
    anthropic: ({ base, key, model }) => `from anthropic import Anthropic\n\nclient = Anthropic(base_url=${text(base)}, api_key=${text(key)})\nanswer = client.messages.create(\n`
        + `    model=${text(model)}, max_tokens=1024, messages=[{"role": "user", "content": "Hello"}])\nprint(answer.content[0].text)`,
};
const node = {
    openai: ({ base, key, model }) => `import OpenAI from 'openai';\n\nconst client = new OpenAI({ baseURL: ${text(`${base}/v1`)}, apiKey: ${text(key)} });\nconst answer = await client.chat.completions.create({\n`
        + `    model: ${text(model)}, messages: [{ role: 'user', content: 'Hello' }] });\nconsole.log(answer.choices[0].message.content);`,
    anthropic: ({ base, key, model }) => `import Anthropic from '@anthropic-ai/sdk';\n\nconst client = new Anthropic({ baseURL: ${text(base)}, apiKey: ${text(key)} });\nconst answer = await client.messages.create({\n`
        + `    model: ${text(model)}, max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] });\nconsole.log(answer.content[0].text);`,
};

const bodies = {
    messages: (model) => ['/v1/messages', 'x-api-key: ', { model, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] }],
    chat: (model) => ['/v1/chat/completions', 'authorization: Bearer ', { model, messages: [{ role: 'user', content: 'Hello' }] }],
    responses: (model) => ['/v1/responses', 'authorization: Bearer ', { model, input: 'Hello' }],
    gemini: (model) => [`/v1beta/models/${encodeURIComponent(model)}:generateContent`, 'x-goog-api-key: ', { contents: [{ parts: [{ text: 'Hello' }] }] }],
};

// PowerShell's own curl is something else, and it takes no quotes away from JSON: so its own command.
function curl(s, family, { base, key, model }) {
    const [path, header, body] = bodies[family](model);
    const [name, before] = header.split(': ');
    const sent = JSON.stringify(body);
    if (s === 'posix')
        return `curl -sS ${quoted.posix(base + path)} \\\n  -H ${quoted.posix(`${name}: ${before}${key}`)} -H 'content-type: application/json' \\\n  -d ${quoted.posix(sent)}`;
    return `Invoke-RestMethod ${quoted.powershell(base + path)} -Method Post -ContentType 'application/json' \`\n  -Headers @{ ${quoted.powershell(name)} = ${quoted.powershell(before + key)} } \`\n`
        + `  -Body ${quoted.powershell(sent)} | ConvertTo-Json -Depth 9`;
}

// What each client needs: {id, name, steps(shell, place) → [{kind, file, text}]}; place: {base, key, model, isOwnModel}.
export const clients = [
    { id: 'claude', name: 'Claude Code', family: 'messages', steps: claude },
    { id: 'codex', name: 'Codex', family: 'responses', steps: codex },
    { id: 'gemini', name: 'Gemini CLI', family: 'gemini', steps: gemini },
    { id: 'python-openai', name: 'OpenAI SDK · Python', family: 'chat', steps: (s, p) => [{ text: python.openai(p) }] },
    { id: 'python-anthropic', name: 'Anthropic SDK · Python', family: 'messages', steps: (s, p) => [{ text: python.anthropic(p) }] },
    { id: 'node-openai', name: 'OpenAI SDK · Node', family: 'chat', steps: (s, p) => [{ text: node.openai(p) }] },
    { id: 'node-anthropic', name: 'Anthropic SDK · Node', family: 'messages', steps: (s, p) => [{ text: node.anthropic(p) }] },
    { id: 'openai-env', name: 'OPENAI_BASE_URL', family: 'chat', steps: (s, p) => [{ text: vars(s, { OPENAI_BASE_URL: `${p.base}/v1`, OPENAI_API_KEY: p.key }) }] },
    ...Object.keys(bodies).map((family) => ({ id: `curl-${family}`, name: 'curl', family, steps: (s, p) => [{ text: curl(s, family, p) }] })),
];

// The user's base path: where the page is, without what belongs to the panel; no slash at the end.
export const baseOf = (address) => address.split('#')[0].split('?')[0].replace(/index\.html$/, '').replace(/\/+$/, '');

// What keeps a client from coming by this address, if anything: '', or which fault.
export function faultOf(address) {
    let url;
    try {
        url = new URL(address);
    } catch {
        return 'noAddress';
    }
    if (!/^https?:$/.test(url.protocol) || url.username || url.password)
        return 'noAddress';
    return /\/v1(beta)?$/.test(baseOf(address)) ? 'tooLong' : '';
}
