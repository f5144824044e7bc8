// SPDX-License-Identifier: MIT
// keys_order - the order of a channel's keys: by drag, by the arrow keys, by the menu; shown at once, saved behind.

import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { computed, onEnd, signal } from '../lib/signal.js';
import { announce } from '../lib/toast.js';
import { arranged, moved } from './channel_order.js';
import '../text/keys.js';

export const MOVES = { ArrowUp: -1, ArrowDown: 1, Home: 'top', End: 'bottom' };

// k: of keeper().  → {list, move(id, to), set(ids)}; to: -1, 1, 'top' or 'bottom'.
export function makeOrder(k) {
    const wanted = signal(null); // ids as somebody wants them, until they are saved
    const list = computed(() => (wanted() ? arranged(k.channel().keys, wanted()) : k.channel().keys));
    let isSaving = false;
    // One change is under way at a time; the newest order goes next.
    const save = async () => {
        if (isSaving)
            return;
        isSaving = true;
        for (let sent = null; wanted.peek() && sent !== wanted.peek();) {
            sent = wanted.peek();
            if (!await k.change((tag) => post(k.path('keys', 'reorder'), { order: sent }, tag),
                t('keys.moveFailed')))
                break;
        }
        isSaving = false;
        wanted.set(null);
    };
    const set = (ids) => {
        wanted.set(ids);
        return save();
    };
    const move = (id, to) => {
        const before = list.peek().map((key) => key.id);
        const after = moved(before, id, to);
        if (after === before)
            return;
        set(after);
        const key = list.peek().find((one) => one.id === id);
        announce(t('keys.moved', { name: key.label || key.mask, at: after.indexOf(id) + 1,
            of: after.length }));
    };
    return { list, move, set };
}

// Lets rows be dragged by their grips; without the library keys and menus do it.
export async function dragKeys(box, order) {
    let isOver = false;
    let made = null;
    onEnd(() => {
        isOver = true;
        made?.destroy();
    });
    await import('../vendor/sortable.js').catch(() => {});
    const { Sortable } = globalThis;
    if (!Sortable || isOver)
        return;
    const ids = () => [...box.querySelectorAll(':scope > [data-key]')].map((row) => row.dataset.key);
    made = Sortable.create(box, { handle: '.grip', draggable: '.key-row', dataIdAttr: 'data-key',
        animation: 0, forceFallback: true,
        fallbackTolerance: 3, ghostClass: 'drag-place', fallbackClass: 'drag-ghost',
            onEnd: () => order.set(ids()) });
}
