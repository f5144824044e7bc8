// SPDX-License-Identifier: MIT
// setup - lines to paste for each client: for a POSIX shell and for PowerShell, with an address, a key and a model.
//
// Which variables clients read was seen with Claude Code 2.1, Codex CLI 0.169, Gemini CLI 0.61, @anthropic-ai/sdk 1.12,
// openai 7.57 and @google/genai 3.1 in November 2026: Codex reads no OPENAI_BASE_URL and needs a provider; Gemini CLI wants
// its kind of login in a file, or it refuses a base URL.

export const SHELLS = ['posix', 'powershell'];

// In quotes of the shell; a key has no quotes in it, a name of a model might have anything.
const quoted = { posix: (v) => `'${v.replaceAll("'", "'\\''")}'`, powershell: (v) => `'${v.replaceAll("'", "''")}'` };

export const variable = (shell, name, value) => (shell === 'posix' ? `export ${name}=${quoted.posix(value)}` : `$env:${name} = ${quoted.powershell(value)}`);

const vars = (shell, all, program) => [...Object.entries(all).map(([name, value]) => variable(shell, name, value)), program].filter(Boolean).join('\n');

const heredoc = (shell, file, text) => (shell === 'posix'
    ? `mkdir -p ~/${file.slice(0, file.lastIndexOf('/'))}\ncat > ~/${file} <<'END'\n${text}\nEND`
    : `New-Item -ItemType Directory -Force "$HOME/${file.slice(0, file.lastIndexOf('/'))}" | Out-Null\n@'\n${text}\n'@ | Set-Content "$HOME/${file}"`);

function codex(s, { base, key, model }) {
    const text = [`model = ${JSON.stringify(model || 'gpt-5.5')}`, 'model_provider = "claude-proxy"', '', '[model_providers.claude-proxy]', 'name = "claude-proxy"',
        `base_url = "${base}/v1"`, 'wire_api = "responses"', 'env_key = "CLAUDE_PROXY_KEY"'].join('\n');
    return [{ title: '~/.codex/config.toml', text }, { text: vars(s, { CLAUDE_PROXY_KEY: key }, 'codex') }];
}

function gemini(s, { base, key, model }) {
    return [{ title: '~/.gemini/settings.json', text: heredoc(s, '.gemini/settings.json', '{"security": {"auth": {"selectedType": "gemini-api-key"}}}') },
        { text: vars(s, { GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: key }, model ? `gemini -m ${quoted[s](model)}` : 'gemini') }];
}

const python = {
    openai: ({ base, key, model }) => `from openai import OpenAI\n\nclient = OpenAI(base_url="${base}/v1", api_key="${key}")\nanswer = client.chat.completions.create(\n`
        + `    model=${JSON.stringify(model)}, messages=[{"role": "user", "content": "Hello"}])\nprint(answer.choices[0].message.content)`,
    anthropic: ({ base, key, model }) => `from anthropic import Anthropic\n\nclient = Anthropic(base_url="${base}", api_key="${key}")\nanswer = client.messages.create(\n`
        + `    model=${JSON.stringify(model)}, max_tokens=1024, messages=[{"role": "user", "content": "Hello"}])\nprint(answer.content[0].text)`,
};
const node = {
    openai: ({ base, key, model }) => `import OpenAI from 'openai';\n\nconst client = new OpenAI({ baseURL: '${base}/v1', apiKey: '${key}' });\nconst answer = await client.chat.completions.create({\n`
        + `    model: ${JSON.stringify(model)}, messages: [{ role: 'user', content: 'Hello' }] });\nconsole.log(answer.choices[0].message.content);`,
    anthropic: ({ base, key, model }) => `import Anthropic from '@anthropic-ai/sdk';\n\nconst client = new Anthropic({ baseURL: '${base}', apiKey: '${key}' });\nconst answer = await client.messages.create({\n`
        + `    model: ${JSON.stringify(model)}, max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] });\nconsole.log(answer.content[0].text);`,
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
    const text = JSON.stringify(body);
    if (s === 'posix')
        return `curl -s ${quoted.posix(base + path)} \\\n  -H '${name}: ${before ?? ''}${key}' -H 'content-type: application/json' \\\n  -d ${quoted.posix(text)}`;
    return `Invoke-RestMethod ${quoted.powershell(base + path)} -Method Post -ContentType 'application/json' \`\n  -Headers @{ '${name}' = '${before ?? ''}${key}' } \`\n  -Body ${quoted.powershell(text)}`;
}

// What each client needs: {id, name, steps(shell, place) → [{title, text}]}; place: {base, key, model}.
export const clients = [
    { id: 'claude', name: 'Claude Code', family: 'messages', steps: (s, p) => [{ text: vars(s, { ANTHROPIC_BASE_URL: p.base, ANTHROPIC_AUTH_TOKEN: p.key, ...(p.isOwnModel && { ANTHROPIC_MODEL: p.model }) }, 'claude') }] },
    { id: 'codex', name: 'Codex', family: 'responses', steps: codex },
    { id: 'gemini', name: 'Gemini CLI', family: 'gemini', steps: (s, p) => gemini(s, { ...p, model: p.isOwnModel ? p.model : '' }) },
    { id: 'python-openai', name: 'OpenAI SDK · Python', family: 'chat', steps: (s, p) => [{ text: python.openai(p) }] },
    { id: 'python-anthropic', name: 'Anthropic SDK · Python', family: 'messages', steps: (s, p) => [{ text: python.anthropic(p) }] },
    { id: 'node-openai', name: 'OpenAI SDK · Node', family: 'chat', steps: (s, p) => [{ text: node.openai(p) }] },
    { id: 'node-anthropic', name: 'Anthropic SDK · Node', family: 'messages', steps: (s, p) => [{ text: node.anthropic(p) }] },
    { id: 'openai-env', name: 'OPENAI_BASE_URL', family: 'chat', steps: (s, p) => [{ text: vars(s, { OPENAI_BASE_URL: `${p.base}/v1`, OPENAI_API_KEY: p.key }) }] },
    ...Object.keys(bodies).map((family) => ({ id: `curl-${family}`, name: 'curl', family, steps: (s, p) => [{ text: curl(s, family, p) }] })),
];

// The user's base path: where the page is, without what belongs to the panel; no slash at the end.
export const baseOf = (address) => address.split('#')[0].split('?')[0].replace(/index\.html$/, '').replace(/\/+$/, '');
