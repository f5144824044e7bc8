// SPDX-License-Identifier: MIT
// setup - lines to paste, so that a client talks to this gateway: Claude Code, Codex, Gemini CLI, SDKs, curl.

import { url } from '../lib/api.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { card, head, notice, snippet } from '../parts/ui.js';
import '../text/setup.js';

const here = () => url('').replace(/\/$/, '');

const lines = {
    claude: (base) => `export ANTHROPIC_BASE_URL=${base}\nexport ANTHROPIC_AUTH_TOKEN=$KEY\nclaude`,
    codex: (base) => `# ~/.codex/config.toml\nmodel_provider = "claude-proxy"\n[model_providers.claude-proxy]\nname = "claude-proxy"\nbase_url = "${base}/v1"\nwire_api = "responses"\nenv_key = "KEY"`,
    gemini: (base) => `export GOOGLE_GEMINI_BASE_URL=${base}\nexport GEMINI_API_KEY=$KEY\ngemini`,
    openai: (base) => `export OPENAI_BASE_URL=${base}/v1\nexport OPENAI_API_KEY=$KEY`,
    curl: (base) => `curl -s ${base}/v1/messages -H "x-api-key: $KEY" -H 'content-type: application/json' \\\n  -d '{"model": "claude-demo", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}'`,
};

const names = { claude: 'Claude Code', codex: 'Codex', gemini: 'Gemini CLI', curl: 'curl' };

export async function view() {
    return () => h('div', head(t('setup.title'), t('setup.lead')),
        notice('info', h('p', t('setup.key')), snippet('export KEY=…')),
        Object.entries(lines).map(([name, text]) => card(names[name] ?? t('setup.openai'), snippet(text(here())))));
}
