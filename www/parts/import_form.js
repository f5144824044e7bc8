// SPDX-License-Identifier: MIT
// import_form - takes over the predecessor's folder: paste or choose two files, look at what would come, take it.
//
// The texts hold keys: they stand in the page only until they are taken, and go nowhere but to
// the gateway.

import { post } from '../lib/api.js';
import { button, confirm } from '../lib/dialog.js';
import { areaField, faultBox } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';
import { actButton, card, notice } from './ui.js';
import { fileKind } from './import_files.js';
import '../text/plugins.js';

const lists = (answer) => [['import.taken', answer.report.taken],
    ['import.changed', answer.report.changed],
    ['import.notSupported', answer.report.not_supported],
    ['import.warnings', answer.warnings ?? []]];

const listBox = (title, lines) => h('section', { class: 'stack-tight' }, h('h3', `${t(title)} (${lines.length})`),
    lines.length ? h('ul', lines.map((line) => h('li', line)))
        : h('p', { class: 'soft' }, t('import.none')));

const preview = (answer) => h('div', { class: 'import-lists', tabindex: '-1' },
    notice('info', h('p', t(answer.dry_run ? 'import.would' : 'import.done',
        { channels: String(answer.channels), keys: String(answer.keys) }))),
    lists(answer).map(([title, lines]) => listBox(title, lines)));

const bodyOf = (env, config, isDry) => ({ ...(env.trim() && { env }),
    ...(config.trim() && { config }), dry_run: isDry });

async function readFiles(files, env, config) {
    for (const file of files) {
        const kind = fileKind(file.name);
        if (kind === 'env')
            env.set(await file.text());
        else if (kind === 'config')
            config.set(await file.text());
        else
            complain(t('import.unknownFile', { name: file.name }));
    }
}

const chooser = (env, config, changed) => {
    const input = h('input', { type: 'file', multiple: true, class: 'unseen', tabindex: '-1', 'aria-hidden': 'true', onchange: async (e) => {
        await readFiles([...e.target.files], env, config);
        e.target.value = '';
        changed();
    } });
    return h('div', { class: 'row' }, input,
        button(t('import.choose'), { onclick: () => input.click() }, 'download'),
        h('span', { class: 'soft' }, t('import.chooseHint')));
};

export function importCard() {
    const env = signal('');
    const config = signal('');
    const answer = signal(null);
    const fault = signal(null);
    const ask = async (isDry) => {
        fault.set(null);
        try {
            answer.set(await post('api/import', bodyOf(env.peek(), config.peek(), isDry)));
            return true;
        } catch (e) {
            answer.set(null);
            fault.set(e);
            return false;
        }
    };
    const look = async () => {
        if (!env.peek().trim() && !config.peek().trim())
            complain(t('import.nothing'));
        else
            await ask(true);
    };
    const apply = async () => {
        const { channels, keys } = answer.peek();
        const counts = { channels: String(channels), keys: String(keys) };
        if (!await confirm({ title: t('import.applyTitle', counts),
            text: t('import.applyText'), yes: t('import.apply') }) || !await ask(false))
            return;
        env.set('');
        config.set('');
        say(t('import.done', counts));
        document.querySelector('.import-lists')?.focus(); // the button that had it is gone
    };
    const changed = () => answer.set(null);
    return card(t('import.title'), h('p', t('import.lead')), chooser(env, config, changed),
        h('div', { class: 'import-form', oninput: changed }, faultBox(fault),
            areaField({ label: t('import.env'), hint: t('import.envHint'), value: env, rows: 7,
                path: 'env', placeholder: 'PROXY_ACCESS_KEY=…' }),
            areaField({ label: t('import.config'), hint: t('import.configHint'), value: config,
                rows: 7, path: 'config', placeholder: '{ "upstream": [ … ] }' })),
        h('div', { class: 'row' }, actButton({ text: t('import.dry'), name: 'search', fault: t('import.failed'), run: look }),
            () => answer()?.dry_run && actButton({ text: t('import.apply'), name: 'check',
                class: 'button primary', fault: t('import.failed'), run: apply })),
        h('div', { 'aria-live': 'polite' }, () => answer() && preview(answer())));
}
