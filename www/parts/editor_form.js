// SPDX-License-Identifier: MIT
// editor_form - everything that can be said of a channel, in sections; what has no form of its own comes from the option table.

import { post } from '../lib/api.js';
import { button } from '../lib/dialog.js';
import { areaField, faultBox, selectField, textList } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { signal } from '../lib/signal.js';
import { dialectField, headersField, labelOf, lockOf, memberField } from './editor_fields.js';
import { modelsField, upstreamModels } from './editor_models.js';
import { previewList, previewOf } from './editor_preview.js';
import { openKeys } from './keys.js';
import { stagedTest } from './staged_test.js';
import { chip, notice } from './ui.js';
import '../text/editor.js';

const SECTIONS = [
    ['models', ['only', 'except', 'families']],
    ['limits', ['priority', 'weight', 'status', 'keys_by', 'full', 'caps.concurrency', 'caps.rpm', 'caps.tpm', 'key_caps.concurrency', 'key_caps.rpm', 'key_caps.tpm']],
    ['breaker', ['breaker.enabled', 'breaker.window', 'breaker.minimum', 'breaker.threshold', 'breaker.open', 'breaker.max_age']],
    ['timeouts', ['timeouts.connect', 'timeouts.first_byte', 'timeouts.first_content', 'timeouts.idle', 'timeouts.total']],
    ['headers', ['drop_headers', 'parameters', 'drop_parameters']],
    ['compatibility', ['streaming', 'rewrite', 'strict', 'low_quality', 'http1']],
    ['network', ['proxy', 'ca_file', 'insecure', 'allow_private']],
    ['about', ['description', 'website']],
];
// Shown by forms of their own, or not to be set here.
const ELSEWHERE = ['id', 'name', 'dialect', 'base_url', 'base_urls', 'keys', 'keyless', 'key_file', 'models', 'headers', 'promoted_until', 'options', 'breaker', 'caps', 'key_caps', 'timeouts'];

const section = (name, isOpen, ...children) => h('details', { class: 'editor-section', open: isOpen, 'data-section': name },
    h('summary', h('h3', t(`editor.section.${name}`))), h('div', { class: 'form' }, children));

// Open where something is said already, or the gateway finds fault.
const isSaid = (ed, paths) => paths.some((path) => ed.channel[path.split('.')[0]] !== undefined && !['status', 'priority', 'weight', 'families'].includes(path));

function basics(ed) {
    const dialects = () => [{ value: '', text: t('editor.choose') }, ...ed.dialects.map((d) => ({ value: d.name, text: d.title || tOr('dialect', d.name) }))];
    return section('basics', true,
        memberField(ed, 'name'),
        selectField({ label: labelOf('dialect'), hint: t('editor.dialectHint'), value: ed.draft.at('dialect'), choices: dialects(), path: 'dialect', lock: lockOf(ed.channel, 'dialect'), error: ed.fault.at('dialect') }));
}

function urls(ed) {
    const value = ed.draft.at('base_urls', []);
    const told = previewOf(ed.draft.at('dialect'), value);
    return section('urls', true,
        textList({ label: labelOf('base_urls'), hint: t('editor.urlsHint'), value, placeholder: 'https://api.example.com', path: 'base_urls', lock: lockOf(ed.channel, 'base_urls'),
            error: () => ed.fault.at('base_urls')() || ed.fault.at('base_url')() }),
        h('div', { class: 'field wide' }, previewList(told)));
}

// Of a new channel keys are pasted here; of one that is there, they have their own dialog.
function keys(ed) {
    if (!ed.channel.id)
        return section('keys', true,
            areaField({ label: labelOf('keys'), hint: t('editor.keysHint'), value: ed.keysText, rows: 3, path: 'keys', error: ed.fault.at('keys'), props: { class: 'secret-area' } }),
            memberField(ed, 'keyless'));
    const list = signal(ed.channel.keys ?? []);
    const open = async () => {
        await openKeys(ed.channel.id);
        list.set(await ed.keysChanged() ?? list.peek());
    };
    return section('keys', true,
        h('div', { class: 'field wide stack' },
            h('ul', { class: 'row' }, () => (list().length ? list().map((k) => h('li', { class: 'chip' }, icon('key'), k.label ? `${k.label} · ${k.mask}` : k.mask)) : h('li', { class: 'soft' }, t('editor.noKeys')))),
            h('div', button(t('editor.manageKeys'), { onclick: open }, 'key'))),
        memberField(ed, 'keyless'));
}

function dialectOptions(ed) {
    return () => {
        const dialect = ed.dialects.find((d) => d.name === ed.draft.at('dialect')());
        if (!dialect?.options?.length)
            return null;
        return section('options', isSaid(ed, ['options']), h('p', { class: 'field wide soft' }, t('editor.optionsLead', { dialect: dialect.title || dialect.name })),
            dialect.options.map((o) => dialectField(ed, o)));
    };
}

// What the table of options has and no section above.
function others(ed) {
    const shown = new Set([...SECTIONS.flatMap(([, paths]) => paths), ...ELSEWHERE]);
    const rest = [...ed.options.keys()].filter((name) => !shown.has(name) && !['keys.', 'models.', 'headers.'].some((p) => name.startsWith(p)));
    return rest.length > 0 && section('all', false, rest.map((name) => memberField(ed, name)));
}

const special = { headers: (ed) => headersField(ed) };

function testSection(ed) {
    const keyList = () => (ed.channel.keys ?? []).map((k) => ({ value: k.id, text: k.label || k.mask }));
    const urlList = () => ed.draft.at('base_urls', [])().filter(Boolean).map((url) => ({ value: url, text: url }));
    return h('details', { class: 'editor-section', 'data-section': 'test' }, h('summary', h('h3', t('editor.section.test'))),
        h('p', { class: 'soft' }, t('editor.testLead')),
        stagedTest({ ask: (body) => post('api/channels/test', { ...body, channel: ed.candidate() }), urls: urlList, keys: ed.channel.id ? keyList : null }));
}

// ed: {draft, channel, family, fault, options, dialects, keysText, candidate(), keysChanged()}
export function editorForm(ed) {
    const upstream = upstreamModels(ed.candidate);
    const field = (path) => memberField(ed, path);
    return h('div', { class: 'stack editor-form' },
        faultBox(ed.fault.fault),
        ed.channel.managed === false && notice('info', h('p', icon('lock'), ' ', t('editor.lockedLead', { where: ed.channel.where }))),
        ed.channel.has_adapter === false && notice('bad', h('p', t('editor.noAdapter', { dialect: ed.channel.dialect }))),
        ed.channel.id && h('p', { class: 'row' }, h('span', { class: 'faint' }, t('editor.id')), h('code', ed.channel.id), ed.channel.where && chip(ed.channel.where)),
        basics(ed), urls(ed), keys(ed),
        SECTIONS.map(([name, paths]) => section(name, name === 'models' || isSaid(ed, [...paths, ...(name === 'headers' ? ['headers'] : [])]),
            name === 'models' && modelsField(ed, upstream, ed.family), special[name]?.(ed), paths.map(field))),
        dialectOptions(ed), others(ed), testSection(ed));
}
