// SPDX-License-Identifier: MIT
// settings - all that can be set, from the gateway's own table of options: what holds, who says so, changed together.

import { ApiError, del, get, leave, patch } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { dateTime, relative } from '../lib/format.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { holdDoor, query } from '../lib/router.js';
import { computed, effect, onEnd, signal } from '../lib/signal.js';
import { doorsOf, faultAt, fileOnly, fits, grouped, patchOf } from '../lib/settings.js';
import { complain, say } from '../lib/toast.js';
import { helpOf, titleOf } from '../parts/option_control.js';
import { filesCard, filters, focusLast, saveBar, search, sections, showOption, waitingNotice } from '../parts/settings_form.js';
import { actButton, card, chip, empty, head, table } from '../parts/ui.js';
import '../text/settings.js';

const unsaved = () => confirm({ title: t('common.unsavedTitle'), text: t('common.unsavedText'),
    yes: t('common.unsavedLeave'), isDanger: true });

// What the screen stands on.  The tag stays the one that somebody began to change things with.
function model() {
    const m = { options: signal([]), settings: signal({}), waiting: signal([]), sessions: signal([]),
        drafts: signal(new Map()), fault: signal(null), etag: '' };
    m.load = async () => {
        let etag = '';
        const tagged = (tag) => {
            etag = tag;
        };
        const [options, said, status, logins] = await Promise.all([get('api/options'),
            get('api/settings', {}, { tagged }), get('api/status'), get('api/sessions')]);
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
    const doors = doorsOf(m.drafts.peek());
    return doors.length === 0 || confirm({ title: t('settings.doorsTitle'), name: doors.join(', '),
        text: t('settings.doorsText'), yes: t('common.save'), isDanger: true });
}

// Somebody else was there first: what he set is shown, what is changed here stays.
async function conflicted(m) {
    m.fault.set(new ApiError(409, { error: t('settings.conflict') }));
    m.etag = await m.load();
}

async function refused(m, error) {
    m.fault.set(error);
    const [first] = [...m.drafts.peek().keys()].filter((name) => faultAt(error, name));
    if (first)
        showOption(first);
}

async function save(m) {
    if (!await maySave(m))
        return;
    m.fault.set(null);
    try {
        const told = await patch('api/settings', patchOf(m.options.peek(), m.drafts.peek()),
            { etag: m.etag });
        focusLast(m.drafts.peek());
        m.drafts.set(new Map());
        say(t('settings.saved'));
        for (const line of told?.warnings ?? [])
            complain(typeof line === 'string' ? line : line.text ?? JSON.stringify(line));
        await m.load().catch(() => {});
    } catch (e) {
        if (!(e instanceof ApiError))
            throw e;
        const isConflict = e.status === 409 && (e.path === 'If-Match' || !e.path);
        await (isConflict ? conflicted(m) : refused(m, e));
    }
}

async function endSessions() {
    if (!await confirm({ title: t('settings.sessionsEnd'), text: t('settings.sessionsEndText'),
        yes: t('settings.sessionsEnd'), isDanger: true }))
        return;
    await del('api/sessions');
    await leave();
}

const sessionTable = (sessions) => table({ caption: t('settings.sessions'), rows: sessions, columns: [
    { title: t('settings.session.peer'), isHead: true,
        cell: (s) => h('span', { class: 'row' }, h('code', s.peer), s.is_this
            && chip(t('settings.session.this'), 'info')) },
    { title: t('settings.session.since'), cell: (s) => dateTime(s.since) },
    { title: t('settings.session.used'), cell: (s) => relative(s.used) },
    { title: t('settings.session.expires'), cell: (s) => relative(s.expires) },
] });

function sessionsCard(m) {
    const hasAny = computed(() => m.sessions().length > 0);
    return card(t('settings.sessions'), h('p', t('settings.sessionsLead')),
        () => (hasAny() ? sessionTable(m.sessions) : empty(t('settings.sessionsNone'))),
        h('div', { class: 'row' }, actButton({ text: t('settings.sessionsEnd'), name: 'logout',
            run: endSessions })));
}

// Leaving with something unsaved asks first.
function guard(m) {
    const isDirty = computed(() => m.drafts().size > 0);
    let letGo = () => {};
    effect(() => {
        letGo();
        letGo = isDirty() ? holdDoor(unsaved) : () => {};
    });
    onEnd(() => letGo());
}

export async function view() {
    const m = model();
    await m.load();
    return () => {
        const groups = grouped(m.options.peek());
        const isFit = (o) => m.drafts().has(o.name)
            || fits(o, [titleOf(o), helpOf(o)], search(), query().changed === 'yes');
        const latest = (o) => m.options().find((x) => x.name === o.name) ?? o;
        const isShown = (g) => g.options.some((o) => isFit(latest(o)));
        const hits = computed(() => [...m.options().filter((o) => o.settable),
            ...fileOnly(m.options())].filter(isFit).length);
        guard(m);
        follow(['config'], m.load);
        return h('div', { class: 'settings manage' }, head(t('settings.title'), t('settings.lead')),
            waitingNotice(m), filters(hits), sections(m, groups, isFit, isShown),
            filesCard(m, isFit), sessionsCard(m), saveBar(m, () => save(m)));
    };
}
