// SPDX-License-Identifier: MIT
// editor - the dialog that adds a channel or changes one: quick by pasting, or everything in sections.
//
// What is sent of a channel that is there is a merge patch of what was changed here, with the tag of what was read: somebody
// else's change in between is shown, and nothing is overwritten unasked.

import { get, patch, post } from '../lib/api.js';
import { button, confirm, openDialog } from '../lib/dialog.js';
import { makeDraft, without } from '../lib/draft.js';
import { faults, segmented } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { computed, effect, flush, here, inScope, onEnd, signal } from '../lib/signal.js';
import { holdDoor } from '../lib/router.js';
import { complain, say } from '../lib/toast.js';
import { fitOptions, lackOf, placeOf } from './editor_check.js';
import { askConflict, changedByOthers } from './editor_conflict.js';
import { showFault, showWrong } from './editor_fault.js';
import { editorForm } from './editor_form.js';
import { pastedKeys } from './editor_keys.js';
import { quickForm, quickState } from './editor_quick.js';
import '../text/editor.js';

const PROMOTE_S = 300;
const PREFIX = 'channels.';

const at = (id) => `api/channels/${encodeURIComponent(id)}`;
const nameOf = (channel) => channel.name || channel.id;

// Everything the forms are made from.
async function gather(id) {
    const [options, plugins, list, channel] = await Promise.all([get('api/options'), get('api/plugins'),
        get('api/channels', { brief: 'true' }), id ? get(at(id)) : {}]);
    const own = options.options.filter((o) => o.name.startsWith(PREFIX));
    return {
        channel,
        options: new Map(own.map((o) => [o.name.slice(PREFIX.length), o])),
        common: new Map(options.options.filter((o) => !o.name.startsWith(PREFIX)).map((o) => [o.name,
            o.value])),
        dialects: plugins.plugins.flatMap((p) => p.dialects ?? []),
        others: list.channels.filter((c) => c.id !== id),
    };
}

// One draft of one channel with what its form needs.
function makeEdit(known, channel, family) {
    const ed = { ...known, channel, family, draft: makeDraft(channel), fault: faults(),
        keysText: signal('') };
    const keys = () => (ed.keysText.peek().trim() ? { keys: pastedKeys(ed.keysText.peek()) } : {});
    const names = () => ed.dialects.find((d) => d.name === ed.draft.at('dialect').peek())?.options?.map((o) => o.name) ?? [];
    const isOther = () => ed.draft.at('dialect').peek() !== channel.dialect;
    ed.changes = () => {
        const body = ed.draft.changes((s) => s.peek());
        return isOther() ? fitOptions(body, channel.options ?? {}, names()) : body;
    };
    ed.candidate = () => {
        const whole = { ...ed.draft.whole(), ...keys() };
        return isOther() ? fitOptions(whole, null, names()) : whole;
    };
    // What can be tried of what is typed so far.
    ed.tryable = () => {
        const { models = [], ...rest } = ed.candidate();
        return { ...rest, models: (models ?? []).filter((m) => m.from && m.to) };
    };
    ed.isDirty = () => ed.draft.isDirty() || ed.keysText().trim() !== '';
    ed.placed = (e) => Object.assign(e, { path: placeOf(e,
        ed.dialects.flatMap((d) => d.options ?? []).map((o) => o.name)) });
    // The keys have changed by their own dialog: that alone is no conflict.
    ed.keysChanged = async () => {
        const now = await get(at(channel.id)).catch(() => null);
        if (now && changedByOthers(ed.channel, now).every((d) => d.path === 'keys'))
            Object.assign(ed.channel, { etag: now.etag, keys: now.keys });
        return now?.keys;
    };
    return ed;
}

// Goes first for a while, so that it is seen at once whether it serves: for the client API at hand, else for its
// own dialect's.  Others are not sent to a channel that speaks something else.
async function startFirst(channel, family) {
    const whose = family ? { family } : {};
    try {
        await post('api/channels/reorder', { order: [channel.id], ...whose });
        await post(`${at(channel.id)}/promote`, { seconds: PROMOTE_S, ...whose });
        say(t('editor.created', { name: nameOf(channel), n: PROMOTE_S / 60 }));
    } catch (e) {
        complain(t('editor.createdNotFirst', { name: nameOf(channel) }), e);
    }
}

// What was changed here, laid over what is there; asks when somebody else was there first.
// → the saved channel, or undefined: it is edited on.
async function change(ed, reload, body = ed.changes(), before = ed.channel) {
    try {
        return Object.keys(body).length ? await patch(at(ed.channel.id), body, { etag: before.etag })
            : before;
    } catch (e) {
        if (e.status !== 409 || e.path)
            throw e;
        const now = await get(at(ed.channel.id));
        const answer = await askConflict({ before, after: now, mine: body });
        if (answer?.take === 'theirs')
            reload(now);
        return answer?.take === 'both' ? change(ed, reload, without(body, answer.theirs), now) : undefined;
    }
}

const warned = (saved) => (saved.warnings ?? []).forEach((w) =>
    complain(t('editor.warning'), { message: typeof w === 'string' ? w : w.text ?? w.message ?? '' }));

// What quick mode has recognised goes into the form; the text stays.
function takeOver({ q, edit }) {
    const ed = edit.peek();
    if (!q.text.peek().trim())
        return;
    const { keys = [], ...members } = q.body();
    for (const [name, value] of Object.entries(members))
        ed.draft.at(name, Array.isArray(value) ? [] : '').set(value);
    ed.keysText.set(keys.join('\n'));
}

function modes(state) {
    return segmented({ label: t('editor.mode'), value: state.mode,
        choices: [{ value: 'quick', text: t('editor.quick') }, { value: 'form', text: t('editor.detailed') }],
        change: (mode) => {
            if (mode === 'form' && state.mode.peek() === 'quick')
                takeOver(state);
            state.mode.set(mode);
        } });
}

async function send(state, ed) {
    if (state.mode.peek() === 'quick') {
        const made = await post('api/channels', state.q.body());
        await startFirst(made, state.family
            || state.known.dialects.find((d) => d.name === made.dialect)?.family);
        return made;
    }
    if (!ed.channel.id) {
        const made = await post('api/channels', ed.candidate());
        say(t('editor.createdOnly', { name: nameOf(made) }));
        return made;
    }
    const saved = await change(ed, (now) => state.edit.set(makeEdit(state.known, now, state.family)));
    if (saved)
        say(t('editor.saved', { name: nameOf(saved) }));
    return saved;
}

async function save(state, root, close) {
    const ed = state.edit.peek();
    ed.fault.clear();
    flush();
    const isForm = state.mode.peek() === 'form';
    const lack = isForm && ed.channel.managed !== false ? lackOf(ed.candidate()) : null;
    if (lack)
        ed.fault.set(lack);
    flush();
    if (lack ? showFault(root, lack) : isForm && showWrong(root))
        return;
    state.isBusy.set(true);
    try {
        const saved = await send(state, ed);
        if (saved) {
            warned(saved);
            close(saved);
        }
    } catch (e) {
        ed.fault.set(ed.placed(e));
        flush();
        showFault(root, e);
    } finally {
        state.isBusy.set(false);
    }
}

const content = (state) => (state.mode() === 'quick' ? quickForm(state.q,
    { fault: state.edit().fault, dialects: state.known.dialects })
    : editorForm(state.edit()));

function build(state, close, giveUp) {
    const where = here();
    const isNew = !state.known.channel.id;
    const root = h('div', { class: 'editor' }, isNew && modes(state), () => content(state));
    const isOff = computed(() => (state.mode() === 'quick' ? !state.q.isReady() : !isNew
        && !state.edit().isDirty()));
    const run = () => !state.isBusy.peek() && !isOff.peek() && inScope(where, () => save(state, root, close));
    // Only what is not saved holds who wants to leave.
    effect(() => state.isDirty() && onEnd(holdDoor(state.mayClose)));
    root.addEventListener('keydown', (e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey))
            run();
    });
    return { body: root, actions: [
        button(t('common.cancel'), { onclick: giveUp }),
        button(t(isNew ? 'editor.create' : 'common.save'),
            { class: 'primary', 'aria-busy': () => String(state.isBusy()),
                'aria-keyshortcuts': 'Control+Enter',
            title: 'Ctrl+Enter', disabled: isOff, onclick: run }, 'check'),
    ] };
}

// channel: one as the list has it (its id is what counts), null: a new one; family: the client API in whose
// list it goes first; template: what a new one begins with.
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
    const state = { known, family, mode: signal(channel || template ? 'form' : 'quick'),
        isBusy: signal(false),
        edit: signal(makeEdit(known, known.channel, family)), q: quickState({ family, ...known }) };
    state.isDirty = computed(() => state.edit().isDirty() || state.q.isDirty());
    state.mayClose = async () => !state.isDirty.peek()
        || confirm({ title: t('common.unsavedTitle'), text: t('common.unsavedText'),
            yes: t('common.unsavedLeave'), isDanger: true });
    return openDialog({
        title: channel ? t('editor.editTitle', { name: nameOf(known.channel) }) : t('editor.newTitle'),
        size: 'large', mayClose: state.mayClose, build: (close, giveUp) => build(state, close, giveUp),
    });
}
