// SPDX-License-Identifier: MIT
// editor_form - everything that can be said of a channel, in sections; what has no form of its own comes from the option table.

import { post } from '../lib/api.js';
import { faultBox, selectField } from '../lib/form.js';
import { h, putLater } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { complete } from '../lib/paint.js';
import { dialectField, familiesField, isFree, labelOf, lockOf, memberField,
    shortWhere } from './editor_fields.js';
import { headersField } from './editor_headers.js';
import { keysSection } from './editor_keys.js';
import { modelsField, upstreamModels } from './editor_models.js';
import { finder, section } from './editor_section.js';
import { urlsField } from './editor_urls.js';
import { stagedTest } from './staged_test.js';
import { chip, notice } from './ui.js';
import '../text/editor.js';

const SECTIONS = [
    ['models', ['models', 'only', 'families']],
    ['limits', ['status', 'priority', 'weight', 'keys_by', 'full', 'caps.concurrency', 'caps.rpm', 'caps.tpm',
        'key_caps.concurrency', 'key_caps.rpm', 'key_caps.tpm']],
    ['breaker', ['breaker.enabled', 'breaker.window', 'breaker.minimum', 'breaker.threshold',
        'breaker.open', 'breaker.max_age']],
    ['timeouts', ['timeouts.connect', 'timeouts.first_byte', 'timeouts.first_content', 'timeouts.idle',
        'timeouts.total']],
    ['headers', ['headers', 'drop_headers', 'parameters', 'drop_parameters']],
    ['compatibility', ['streaming', 'rewrite', 'strict', 'low_quality', 'http1']],
    ['network', ['allow_private', 'insecure', 'proxy', 'ca_file']],
    ['about', ['description', 'website']],
];
// Shown by forms of their own, or not to be set here.
const ELSEWHERE = ['id', 'name', 'dialect', 'base_url', 'base_urls', 'keys', 'keyless', 'key_file',
    'promoted_until',
    'options', 'breaker', 'caps', 'key_caps', 'timeouts'];
const PARTS = ['keys.', 'models.', 'headers.'];
const SPECIAL = { models: modelsField, families: familiesField, headers: headersField };

const isFixed = (ed) => ed.channel.managed === false;

// What a file says is off as a whole; where something in it is free, one by one.
const plainSection = (ed, [name, paths]) => section(ed, name,
    { paths, isFixed: isFixed(ed) && !paths.some(isFree) },
    () => paths.map((path) => (SPECIAL[path] ? SPECIAL[path](ed)
        : memberField(ed, path, paths.some(isFree) ? lockOf(ed.channel, path) : undefined))));

const titleOf = (d) => d.title || tOr('dialect', d.name);

function basics(ed) {
    const choices = [{ value: '', text: t('editor.choose') },
        ...ed.dialects.map((d) => ({ value: d.name, text: titleOf(d) }))];
    return section(ed, 'basics', { isOpen: true, isFixed: isFixed(ed) }, () => [
        memberField(ed, 'name'),
        selectField({ label: labelOf('dialect'), hint: t('editor.dialectHint'),
            value: ed.draft.at('dialect'), choices,
            path: 'dialect', error: ed.fault.at('dialect') }),
        !ed.channel.id && memberField(ed, 'id')]);
}

const dialectOptions = (ed) => () => {
    const dialect = ed.dialects.find((d) => d.name === ed.draft.at('dialect')());
    return dialect?.options?.length > 0 && section(ed, 'options',
        { paths: dialect.options.map((o) => `options.${o.name}`), isFixed: isFixed(ed) },
        () => [h('p', { class: 'wide soft' }, t('editor.optionsLead', { dialect: titleOf(dialect) })),
            dialect.options.map((o) => dialectField(ed, o))]);
};

// What the table of options has and no section above.
function others(ed) {
    const shown = new Set([...SECTIONS.flatMap(([, paths]) => paths), ...ELSEWHERE]);
    const rest = [...ed.options.keys()].filter((name) => !shown.has(name)
        && !PARTS.some((p) => name.startsWith(p)));
    return rest.length > 0 && plainSection(ed, ['all', rest]);
}

function testSection(ed) {
    const keys = () => (ed.channel.keys ?? []).map((k) => ({ value: k.id, text: k.label || k.mask }));
    const urls = () => ed.draft.at('base_urls', [])().filter(Boolean).map((url) => ({ value: url,
        text: url }));
    return h('details', { class: 'editor-section', 'data-section': 'test', onclick: (e) => complete(e.currentTarget) },
        h('summary', h('h3', t('editor.section.test')), h('span', { class: 'section-said ellipsis' },
            t('editor.testLead'))),
        putLater(h('div'), () => stagedTest({ ask: (body) => post('api/channels/test', { ...body, channel: ed.tryable() }),
            urls, keys: ed.channel.id ? keys : null, models: () => ed.upstream.models() ?? [] })));
}

const identity = (ed) => h('p', { class: 'row editor-id' }, h('span', { class: 'faint' }, labelOf('id')),
    h('code', ed.channel.id),
    !isFixed(ed) && ed.channel.where && chip(shortWhere(ed.channel.where)));

// ed: {draft, channel, family, fault, options, dialects, keysText, candidate(), keysChanged()}
export function editorForm(ed) {
    ed.upstream = upstreamModels(ed.tryable);
    const form = h('div', { class: 'editor-sections' }, basics(ed),
        section(ed, 'urls', { isOpen: true, isFixed: isFixed(ed) }, () => urlsField(ed)),
        keysSection(ed), SECTIONS.map((one) => plainSection(ed, one)), dialectOptions(ed), others(ed),
            testSection(ed));
    return h('div', { class: 'editor-form' },
        faultBox(ed.fault.fault),
        isFixed(ed) && notice('info', h('p', t('editor.lockedLead', { where: ed.channel.where }))),
        ed.channel.has_adapter === false && notice('bad',
            h('p', t('editor.noAdapter', { dialect: ed.channel.dialect })),
            ed.channel.adapter_why && h('p', h('code', ed.channel.adapter_why))),
        h('div', { class: 'editor-top' }, ed.channel.id && identity(ed), finder(form)),
        form);
}
