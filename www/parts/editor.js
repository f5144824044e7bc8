// SPDX-License-Identifier: MIT
// editor - the dialog that adds a channel or changes one: quick by pasting, or everything in sections.
//
// What is sent of a channel that is there is a merge patch of what was changed here, with the tag of what was read: somebody
// else's change in between is shown, and nothing is overwritten unasked.

import { get, patch, post } from '../lib/api.js';
import { button, confirm, openDialog } from '../lib/dialog.js';
import { makeDraft } from '../lib/draft.js';
import { faults, segmented } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { computed, here, inScope, onEnd, signal } from '../lib/signal.js';
import { holdDoor } from '../lib/router.js';
import { complain, say } from '../lib/toast.js';
import { askConflict, changedByOthers } from './editor_conflict.js';
import { editorForm } from './editor_form.js';
import { quickForm, quickState } from './editor_quick.js';
import { found } from './keys_add.js';
import { stagedTest } from './staged_test.js';
import '../text/editor.js';

const PROMOTE_S = 300;
const PREFIX = 'channels.';

const at = (id) => `api/channels/${encodeURIComponent(id)}`;

// Everything the forms are made from.
async function gather(id) {
    const [options, plugins, list, channel] = await Promise.all([get('api/options'), get('api/plugins'), get('api/channels', { brief: 'true' }), id ? get(at(id)) : {}]);
    return {
        channel,
        options: new Map(options.options.filter((o) => o.name.startsWith(PREFIX)).map((o) => [o.name.slice(PREFIX.length), o])),
        dialects: plugins.plugins.flatMap((p) => p.dialects ?? []),
        taken: new Set(list.channels.map((c) => c.name || c.id)),
    };
}

// Keys that were pasted, or lines as they are where none is recognised.
function pasted(text) {
    const known = found(text, false);
    return known.length ? known : found(text, true);
}

// One draft of one channel with what its form needs.
function makeEdit(known, channel, family) {
    const ed = { ...known, channel, family, draft: makeDraft(channel), fault: faults(), keysText: signal('') };
    ed.newKeys = () => (ed.keysText.peek().trim() ? { keys: pasted(ed.keysText.peek()) } : {});
    ed.candidate = () => ({ ...ed.draft.whole(), ...ed.newKeys() });
    ed.isDirty = () => ed.draft.isDirty() || ed.keysText().trim() !== '';
    // The keys have changed by their own dialog: that alone is no conflict.
    ed.keysChanged = async () => {
        const now = await get(at(channel.id)).catch(() => null);
        if (now && changedByOthers(ed.channel, now).every((d) => d.name === 'keys'))
            Object.assign(ed.channel, { etag: now.etag, keys: now.keys });
        return now?.keys;
    };
    return ed;
}

// Goes first for a while, so that it is seen at once whether it serves.
async function startFirst(channel, family) {
    try {
        await post('api/channels/reorder', family ? { order: [channel.id], family } : { order: [channel.id] });
        await post(`${at(channel.id)}/promote`, family ? { seconds: PROMOTE_S, family } : { seconds: PROMOTE_S });
        say(t('editor.created', { name: channel.name || channel.id, n: PROMOTE_S / 60 }));
    } catch (e) {
        complain(t('editor.createdNotFirst', { name: channel.name || channel.id }), e);
    }
}

const create = (body) => post('api/channels', body);

// What was changed here, laid over what is there; asks when somebody else was there first.  → the saved channel or undefined.
async function change(ed, reload, etag = ed.channel.etag) {
    const body = ed.draft.changes((s) => s.peek());
    try {
        return await patch(at(ed.channel.id), body, { etag });
    } catch (e) {
        if (e.status !== 409 || e.path)
            throw e;
        const now = await get(at(ed.channel.id));
        const choice = await askConflict({ before: ed.channel, after: now, mine: Object.keys(body) });
        if (choice === 'reload')
            reload(now);
        return choice === 'overwrite' ? change(ed, reload, now.etag) : undefined;
    }
}

// A change that a section has closed in is opened where the fault is.
function showFault(root, fault) {
    const names = fault.path ? [...root.querySelectorAll('[data-path]')].filter((el) => fault.path === el.dataset.path || fault.path.startsWith(`${el.dataset.path}.`)
        || fault.path.startsWith(`${el.dataset.path}[`)) : [];
    const target = names.at(-1);
    target?.closest('details')?.setAttribute('open', '');
    (target?.querySelector('input, select, textarea') ?? root.querySelector('.fault-box'))?.scrollIntoView({ block: 'center' });
    target?.querySelector('input, select, textarea')?.focus();
}

const warned = (saved) => (saved.warnings ?? []).forEach((w) => complain(t('editor.warning'), { message: typeof w === 'string' ? w : w.text ?? w.message ?? '' }));

function modes(state) {
    return segmented({ label: t('editor.mode'), value: state.mode, choices: [{ value: 'quick', text: t('editor.quick') }, { value: 'form', text: t('editor.detailed') }],
        change: (mode) => {
            if (mode === 'form' && state.mode.peek() === 'quick')
                takeOver(state);
            state.mode.set(mode);
        } });
}

// What quick mode has recognised goes into the form; the text stays.
function takeOver({ q, edit }) {
    const ed = edit.peek();
    if (!q.text.peek().trim())
        return;
    const { name, dialect, base_urls, keys } = q.body();
    ed.draft.at('name').set(name);
    ed.draft.at('dialect').set(dialect);
    ed.draft.at('base_urls', []).set(base_urls);
    ed.keysText.set(keys.join('\n'));
}

function content(state) {
    if (state.mode() === 'quick')
        return h('div', { class: 'stack' }, quickForm(state.q, { fault: state.edit().fault, dialects: state.known.dialects }),
            h('details', { class: 'editor-section', 'data-section': 'test' }, h('summary', h('h3', t('editor.section.test'))),
                stagedTest({ ask: (body) => post('api/channels/test', { ...body, channel: state.q.body() }) })));
    return editorForm(state.edit());
}

async function save(state, root, close) {
    const ed = state.edit.peek();
    const isQuick = state.mode.peek() === 'quick';
    state.isBusy.set(true);
    ed.fault.clear();
    try {
        const saved = ed.channel.id ? await change(ed, (now) => state.edit.set(makeEdit(state.known, now, state.family))) : await create(isQuick ? state.q.body() : ed.candidate());
        if (!saved)
            return;
        if (isQuick)
            await startFirst(saved, state.family);
        else
            say(t('editor.saved', { name: saved.name || saved.id }));
        warned(saved);
        close(saved);
    } catch (e) {
        ed.fault.set(e);
        queueMicrotask(() => showFault(root, e));
    } finally {
        state.isBusy.set(false);
    }
}

function build(state, close, giveUp) {
    const where = here();
    const root = h('div', { class: 'editor' }, !state.edit.peek().channel.id && modes(state), () => content(state));
    onEnd(holdDoor(state.mayClose));
    const isOff = () => (state.mode() === 'quick' ? !state.q.isReady() : !state.edit().isDirty());
    return { body: root, actions: [
        button(t('common.cancel'), { onclick: giveUp }),
        button(state.edit.peek().channel.id ? t('common.save') : t('editor.create'), { class: 'primary', 'aria-busy': () => String(state.isBusy()), disabled: isOff,
            onclick: () => !state.isBusy.peek() && inScope(where, () => save(state, root, close)) }, 'check'),
    ] };
}

// channel: one as the list has it (its id is what counts), null: a new one; family: the client API whose list it goes first in;
// template: what a new one begins with.
export async function openEditor({ channel = null, family = '', template = null } = {}) {
    let known;
    try {
        known = await gather(channel?.id);
    } catch (e) {
        complain(t('editor.loadFailed'), e);
        return undefined;
    }
    if (template)
        known.channel = template;
    const state = { known, family, mode: signal(channel || template ? 'form' : 'quick'), edit: signal(makeEdit(known, known.channel, family)), isBusy: signal(false), q: quickState({ family, ...known }) };
    const isDirty = computed(() => state.edit().isDirty() || (state.mode() === 'quick' && state.q.text().trim() !== ''));
    state.mayClose = async () => !isDirty.peek() || confirm({ title: t('common.unsavedTitle'), text: t('common.unsavedText'), yes: t('common.unsavedLeave'), isDanger: true });
    return openDialog({
        title: channel ? t('editor.editTitle', { name: known.channel.name || known.channel.id }) : t('editor.newTitle'),
        size: 'large', mayClose: state.mayClose, build: (close, giveUp) => build(state, close, giveUp),
    });
}
