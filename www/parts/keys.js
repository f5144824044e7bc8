// SPDX-License-Identifier: MIT
// keys - the dialog of a channel's upstream keys: order, switches, tests, rests; a key itself is never shown again.

import { get } from '../lib/api.js';
import { button, confirm, openDialog } from '../lib/dialog.js';
import { each, h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { follow } from '../lib/live.js';
import { holdDoor } from '../lib/router.js';
import { computed, effect, every, here, inScope, onEnd, signal } from '../lib/signal.js';
import { complain, say } from '../lib/toast.js';
import { addKeys } from './keys_add.js';
import { dragKeys, makeOrder } from './keys_order.js';
import { keyRow } from './keys_row.js';
import { makeTests } from './keys_test.js';
import { actButton, empty, notice } from './ui.js';
import '../text/keys.js';

const TICK_MS = 10000;

const at = (id, ...rest) => ['api/channels', encodeURIComponent(id),
    ...rest.map(encodeURIComponent)].join('/');

// What the rows work with: the channel, and changes that reload it; a change somebody else made first is told.
function keeper(id, first) {
    const channel = signal(first);
    const load = async () => channel.set(await get(at(id)));
    const change = async (run, what) => {
        let isGood = true;
        try {
            await run({ etag: channel.peek().etag });
        } catch (e) {
            isGood = false;
            complain(e.status === 409 && !e.path ? t('keys.conflict') : what, e);
        }
        await load().catch(() => {});
        return isGood;
    };
    return { id, channel, load, change, path: (...rest) => at(id, ...rest), tick: signal(0),
        pasted: signal(''), isLocked: () => channel.peek().managed === false };
}

const head = (k, order, tests) => h('div', { class: 'keys-head' },
    h('p', { class: 'soft' }, () => t(order.list().length > 1 ? 'keys.orderHint' : 'keys.lead')),
    () => order.list().length > 0 && actButton({ text: t('keys.testAll'), name: 'bolt', run: tests.all }));

function body(k) {
    const where = here();
    const order = makeOrder(k);
    const tests = makeTests(k);
    const box = h('ol', { class: 'keys', 'aria-label': t('keys.list') });
    const count = computed(() => order.list().length);
    follow(['key', 'channel', 'config', 'stats'], k.load, { ms: 1000 });
    every(TICK_MS, () => k.tick.update((n) => n + 1));
    each(box, order.list, (key) => key.id, (row, index) => keyRow(k, { row, index, box, order, tests }));
    dragKeys(box, order);
    const added = async (n) => {
        await inScope(where, () => k.load()).catch(() => {});
        if (n > 0)
            say(t('keys.added', { n }));
    };
    return h('div', { class: 'keys-body' },
        k.isLocked() && notice('info', h('p', t('keys.locked', { where: k.channel.peek().where }))),
        k.channel.peek().keyless && notice('info', h('p', t('keys.keyless'))),
        head(k, order, tests),
        () => count() === 0 && empty(t('keys.none')),
        box,
        !k.isLocked() && addKeys({ path: at(k.id), text: k.pasted, done: added }));
}

// The dialog of a channel's keys; settles when it is closed.
export async function openKeys(channelId) {
    let first;
    try {
        first = await get(at(channelId));
    } catch (e) {
        complain(t('keys.loadFailed'), e);
        return;
    }
    const k = keeper(channelId, first);
    // Keys that are pasted are not there yet.
    const isPasted = computed(() => k.pasted().trim() !== '');
    const mayClose = async () => !isPasted.peek()
        || confirm({ title: t('common.unsavedTitle'), text: t('keys.pastedText'),
            yes: t('common.unsavedLeave'), isDanger: true });
    await openDialog({
        title: t('keys.title', { channel: first.name || first.id }), size: 'medium', mayClose,
        build: (close, giveUp) => {
            effect(() => isPasted() && onEnd(holdDoor(mayClose)));
            return { body: body(k), actions: button(t('common.close'), { onclick: giveUp }) };
        },
    });
}
