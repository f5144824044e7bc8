// SPDX-License-Identifier: MIT
// settings - all that can be set, from the gateway's own table of options: what holds, who says so, changed together.

import { ApiError, del, get, patch, whoAmI } from '../lib/api.js';
import { button, confirm } from '../lib/dialog.js';
import { faultBox, faults } from '../lib/form.js';
import { dateTime, relative } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t, tOr } from '../lib/i18n.js';
import { icon } from '../lib/icon.js';
import { follow } from '../lib/live.js';
import { holdDoor, query, setQuery } from '../lib/router.js';
import { computed, effect, onEnd, signal } from '../lib/signal.js';
import { doorsOf, fits, grouped, patchOf } from '../lib/settings.js';
import { complain, say } from '../lib/toast.js';
import { helpOf, optionField, titleOf } from '../parts/option_field.js';
import { actButton, card, chip, empty, head, notice, table } from '../parts/ui.js';
import '../text/options.js';
import '../text/settings.js';

const unsaved = () => confirm({ title: t('common.unsavedTitle'), text: t('common.unsavedText'), yes: t('common.unsavedLeave'), isDanger: true });

// What the screen stands on.  The tag stays the one that somebody began to change things with.
function model() {
    const m = { options: signal([]), settings: signal({}), waiting: signal([]), sessions: signal([]), drafts: signal(new Map()), fault: faults(), etag: '' };
    m.load = async () => {
        let etag = '';
        const [options, said, status, logins] = await Promise.all([get('api/options'), get('api/settings', {}, { tagged: (tag) => {
            etag = tag;
        } }), get('api/status'), get('api/sessions')]);
        m.options.set(options.options);
        m.settings.set(said.settings);
        m.waiting.set(status.options_waiting ?? []);
        m.sessions.set(logins.sessions);
        if (m.drafts.peek().size === 0 || !m.etag)
            m.etag = etag;
        return etag;
    };
    return m;
}

async function maySave(m) {
    return doorsOf(m.drafts.peek()).length === 0 || confirm({ title: t('settings.doorsTitle'), name: doorsOf(m.drafts.peek()).join(', '), text: t('settings.doorsText'), yes: t('common.save'), isDanger: true });
}

function faultSeen() {
    const field = document.querySelector('.option [aria-invalid="true"]');
    (field ?? document.querySelector('.settings .fault-box'))?.scrollIntoView({ block: 'center' });
    field?.focus({ preventScroll: true });
}

async function save(m) {
    if (!await maySave(m))
        return;
    m.fault.clear();
    try {
        const told = await patch('api/settings', patchOf(m.options.peek(), m.drafts.peek()), { etag: m.etag });
        m.drafts.set(new Map());
        say(t('settings.saved'));
        for (const line of told?.warnings ?? [])
            complain(typeof line === 'string' ? line : line.text ?? JSON.stringify(line));
        await m.load().catch(() => {});
    } catch (e) {
        if (!(e instanceof ApiError))
            throw e;
        const isConflict = e.status === 409 && (e.path === 'If-Match' || !e.path);
        m.fault.set(isConflict ? new ApiError(409, { error: t('settings.conflict') }) : e);
        if (isConflict)
            m.etag = await m.load();
        requestAnimationFrame(faultSeen);
    }
}

const bar = (m) => h('div', { class: 'save-bar', hidden: () => m.drafts().size === 0, role: 'region', 'aria-label': t('common.save') },
    h('p', { 'aria-live': 'polite' }, () => (m.drafts().size ? t('settings.changes', { n: m.drafts().size }) : '')),
    h('div', { class: 'row' },
        button(t('settings.discard'), { onclick: () => {
            m.drafts.set(new Map());
            m.fault.clear();
        } }),
        actButton({ text: t('common.save'), name: 'check', class: 'button primary', fault: t('settings.failed'), run: () => save(m) })));

function filters(groups, isShown) {
    const search = h('input', { type: 'search', 'aria-label': t('settings.search'), placeholder: t('settings.search'), value: query.peek().search ?? '',
        oninput: (e) => setQuery({ search: e.target.value }) });
    const only = h('label', { class: 'row' }, h('input', { type: 'checkbox', checked: () => query().changed === 'yes',
        onchange: (e) => setQuery({ changed: e.target.checked ? 'yes' : '' }) }), t('settings.onlyChanged'));
    const jump = (g) => h('button', { type: 'button', class: 'button quiet', hidden: () => !isShown(g), onclick: () => {
        const box = document.getElementById(`settings-${g.name}`);
        box.scrollIntoView();
        box.querySelector('h2').focus({ preventScroll: true });
    } }, tOr('optionGroup', g.name));
    return h('div', { class: 'settings-filters' }, h('div', { class: 'row' }, h('div', { class: 'settings-search' }, icon('search'), search), only),
        h('nav', { class: 'settings-jumps', 'aria-label': t('settings.sections') }, groups.map(jump)));
}

function sessionsCard(m) {
    const end = async () => {
        if (!await confirm({ title: t('settings.sessionsEnd'), text: t('settings.sessionsEndText'), yes: t('settings.sessionsEnd'), isDanger: true }))
            return;
        await del('api/sessions');
        await whoAmI();
    };
    return card(t('settings.sessions'), h('p', t('settings.sessionsLead')),
        () => (m.sessions().length ? table({
            caption: t('settings.sessions'), rows: m.sessions,
            columns: [
                { title: t('settings.session.peer'), isHead: true, cell: (s) => h('span', { class: 'row' }, h('code', s.peer), s.is_this && chip(t('settings.session.this'), 'info')) },
                { title: t('settings.session.since'), cell: (s) => dateTime(s.since) },
                { title: t('settings.session.used'), cell: (s) => relative(s.used) },
                { title: t('settings.session.expires'), cell: (s) => relative(s.expires) },
            ],
        }) : empty(t('settings.sessionsNone'))),
        h('div', { class: 'row' }, actButton({ text: t('settings.sessionsEnd'), name: 'logout', class: 'button danger', run: end })));
}

const waitingNotice = (m) => h('div', { 'aria-live': 'polite' }, () => m.waiting().length > 0 && notice('info', h('p', t('settings.waiting')),
    h('p', m.waiting().map((name, i) => [i > 0 && ', ', h('code', name)]))));

function section(m, group, isFit, isShown) {
    const one = (o) => {
        const option = computed(() => m.options().find((x) => x.name === o.name) ?? o);
        return optionField({ option, settings: m.settings, drafts: m.drafts, fault: m.fault, isHidden: () => !isFit(option()) });
    };
    return h('section', { class: 'card', id: `settings-${group.name}`, hidden: () => !isShown(group) },
        h('h2', { tabindex: '-1' }, tOr('optionGroup', group.name)), h('div', { class: 'options' }, group.options.map(one)));
}

export async function view() {
    const m = model();
    await m.load();
    return () => {
        const groups = grouped(m.options.peek());
        const isFit = (o) => m.drafts().has(o.name) || fits(o, [titleOf(o), helpOf(o)], query().search ?? '', query().changed === 'yes');
        const latest = (o) => m.options().find((x) => x.name === o.name) ?? o;
        const isShown = (g) => g.options.some((o) => isFit(latest(o)));
        const isDirty = computed(() => m.drafts().size > 0);
        let letGo = () => {};
        effect(() => {
            letGo();
            letGo = isDirty() ? holdDoor(unsaved) : () => {};
        });
        onEnd(() => letGo());
        follow(['config'], m.load);
        return h('div', { class: 'settings' }, head(t('settings.title'), t('settings.lead')), waitingNotice(m), faultBox(m.fault.fault),
            filters(groups, isShown), groups.map((g) => section(m, g, isFit, isShown)),
            h('div', { hidden: () => groups.some(isShown) }, empty(t('settings.nothing'))), sessionsCard(m), bar(m));
    };
}
