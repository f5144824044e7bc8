// SPDX-License-Identifier: MIT
// setup - lines to paste, so that a client talks to this gateway, with the address one came by; makes a key for it, too.
//
// A key that is made here is shown once: it stands in the lines of this page, in memory, until one leaves it.

import { get, post, url } from '../lib/api.js';
import { faultBox, faults, segmented, textField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { query, setQuery } from '../lib/router.js';
import { baseOf, clients, faultOf } from '../lib/setup.js';
import { computed, effect, signal } from '../lib/signal.js';
import { announce } from '../lib/toast.js';
import { suggestions } from '../lib/try.js';
import { actButton, card, copyButton, head, notice, snippet } from '../parts/ui.js';
import '../text/setup.js';

const CODE = 'YOUR-KEY';
const guess = () => (/Win/.test(navigator.userAgentData?.platform ?? navigator.platform ?? '') ? 'powershell' : 'posix');

function keyCard(q) {
    const label = signal('');
    const fault = faults();
    const make = async () => {
        fault.clear();
        try {
            const made = await post('api/clients', { label: label.peek().trim() || t('setup.keyLabel') });
            q.key.set(made.key);
            announce(t('setup.keyMade'));
        } catch (e) {
            fault.set(e);
        }
    };
    const form = () => h('form', { class: 'stack', onsubmit: (e) => {
        e.preventDefault();
        make();
    } }, h('p', { class: 'soft' }, t('setup.key')), faultBox(fault.fault),
    h('div', { class: 'form' }, textField({ label: t('setup.label'), hint: t('setup.labelHint'), value: label, path: 'label', placeholder: t('setup.keyLabel'), error: fault.at('label') })),
    h('div', { class: 'row' }, actButton({ text: t('setup.make'), name: 'key', class: 'button primary', run: make })));
    const made = () => [notice('good', h('p', t('setup.keyOnce')), h('p', { class: 'row' }, h('code', { class: 'setup-key' }, q.key()), copyButton(q.key()))),
        h('p', { class: 'soft' }, t('setup.keyLimits'), ' ', h('a', { href: '#/clients' }, t('setup.keyList')))];
    return card(t('setup.keyTitle'), () => (q.key() ? made() : form()));
}

function choices(q, names) {
    const model = h('div', { class: 'field' }, h('label', { for: 'setup-model' }, t('setup.model')),
        h('input', { id: 'setup-model', type: 'text', list: 'setup-models', autocomplete: 'off', spellcheck: 'false', placeholder: t('setup.modelAny'), value: () => q.model(),
            oninput: (e) => q.model.set(e.target.value) }),
        h('datalist', { id: 'setup-models' }, names.map((name) => h('option', { value: name }))));
    return card(t('setup.choices'), h('div', { class: 'form' },
        textField({ label: t('setup.base'), hint: t('setup.baseHint'), value: q.base, type: 'url', path: 'base',
            error: () => faultOf(q.base().trim()) && t(`setup.${faultOf(q.base().trim())}`) }), model),
    segmented({ label: t('setup.shell'), value: q.shell, choices: [{ value: 'posix', text: t('setup.posix') }, { value: 'powershell', text: t('setup.powershell') }] }));
}

const needed = { chat: 'gpt-5.5', responses: 'gpt-5.5', gemini: 'gemini-2.5-flash', messages: 'claude-sonnet-4-5' };

const step = (s) => h('div', { class: 'setup-step' },
    s.kind && h('p', { class: 'soft' }, t(`setup.${s.kind}`, { file: s.file ?? '' })), snippet(s.text));

function lines(q, client) {
    const place = () => ({ base: baseOf(q.base().trim()), key: q.key() || CODE, model: q.model().trim() || needed[client.family], isOwnModel: q.model().trim() !== '' });
    return () => h('div', { class: 'stack' }, tOr('setupNote', client.id) !== client.id && h('p', { class: 'soft' }, t(`setupNote.${client.id}`)),
        client.steps(q.shell(), place()).map(step));
}

const tabs = [
    { id: 'claude', name: 'Claude Code', of: ['claude'] },
    { id: 'codex', name: 'Codex', of: ['codex'] },
    { id: 'gemini', name: 'Gemini CLI', of: ['gemini'] },
    { id: 'sdk', title: 'setup.sdks', of: ['python-openai', 'python-anthropic', 'node-openai', 'node-anthropic'] },
    { id: 'curl', name: 'curl', of: ['curl-messages', 'curl-chat', 'curl-responses', 'curl-gemini'] },
    { id: 'other', title: 'setup.other', of: ['openai-env'] },
];
const nameOf = (tab) => tab.name ?? t(tab.title);

function shown(q, tab) {
    const all = tab.of.map((id) => clients.find((client) => client.id === id));
    return card(nameOf(tab), all.map((client) => [all.length > 1 && h('h3', client.name === 'curl' ? tOr('family', client.family) : client.name), lines(q, client)]));
}

export async function view() {
    const { channels } = await get('api/channels');
    const names = suggestions(channels);
    return () => {
        const q = { base: signal(baseOf(url(''))), shell: signal(guess()), model: signal(''), key: signal('') };
        const tab = computed(() => tabs.find((x) => x.id === query().for) ?? tabs[0]);
        const panel = h('div');
        effect(() => panel.replaceChildren(shown(q, tab())));
        return h('div', head(t('setup.title'), t('setup.lead')),
            channels.length === 0 && notice('warn', h('p', t('setup.noChannels'))),
            h('div', { class: 'grid setup-grid' }, keyCard(q), choices(q, names)),
            h('nav', { class: 'tabs', 'aria-label': t('setup.clients') }, tabs.map((x) => h('button', { type: 'button', 'aria-current': () => (tab() === x ? 'page' : null), onclick: () => setQuery({ for: x.id }) }, nameOf(x)))),
            panel,
            h('p', { class: 'soft' }, t('setup.then'), ' ', h('a', { href: '#/requests' }, t('setup.see')), ' · ', h('a', { href: '#/try' }, t('setup.tryIt'))));
    };
}
