// SPDX-License-Identifier: MIT
// channel_mover - changes the order of channels: shown at once, saved behind, taken back when that fails; by drag or key.
//
// Who holds an arrow key down moves faster than the gateway saves: one change is under way at a time, and the newest
// order goes next.  A client API's order carries its tag, so that two tabs cannot overwrite each other unawares.

import { patch, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { onEnd, signal } from '../lib/signal.js';
import { complain } from '../lib/toast.js';
import '../text/channels.js';

const SLIDE_MS = 120;

// family: a signal of what is told of the client API, null for all; etag: a signal of the common order's tag;
// spare(): ids that stand behind the line; load: reads all anew.
export function makeMover({ family, etag, spare, load }) {
    const wanted = signal(null); // ids as somebody wants them, until they are saved
    let isSaving = false;
    const send = async (ids) => {
        const order = [...ids, ...spare()];
        if (family.peek()) {
            const { name, etag: tag } = family.peek();
            family.set(await patch(`api/families/${encodeURIComponent(name)}`, { order }, { etag: tag }));
        } else {
            const told = await post('api/channels/reorder', { order }, { etag: etag.peek() });
            etag.set(told.order_etag ?? '');
        }
    };
    // Sends until what was sent is what is wanted.
    const sendAll = async () => {
        for (let sent = null; sent !== wanted.peek();) {
            sent = wanted.peek();
            await send(sent);
        }
        return wanted.peek();
    };
    const failed = (e) => {
        const title = t('channels.orderBroken');
        complain(e.status === 409 ? t('channels.conflict', { title }) : title, e);
        return wanted.peek();
    };
    const save = async () => {
        let sent;
        do {
            sent = await sendAll().catch(failed);
            await load().catch(() => {});
        } while (sent !== wanted.peek());
        wanted.set(null);
    };
    const start = async () => {
        if (isSaving)
            return;
        isSaving = true;
        await save();
        isSaving = false;
    };
    const set = (ids) => {
        const { locked, where } = family.peek() ?? {};
        if (locked) {
            complain(t('channels.orderFixed', { where }));
            wanted.set([...ids]); // and back, so that a row that was dragged returns
            queueMicrotask(() => wanted.set(null));
            return false;
        }
        wanted.set(ids);
        start();
        return true;
    };
    return { wanted, set };
}

// Lets rows be dragged by their grips; without the library keys and menus do it.  Gives the Sortable, or null.
async function makeDraggable(list, { begun, ended, isOver }) {
    await import('../vendor/sortable.js').catch(() => {});
    const { Sortable } = globalThis;
    if (!Sortable || isOver())
        return null;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    return Sortable.create(list, {
        handle: '.grip', draggable: '.channel', dataIdAttr: 'data-id', animation: isStill ? 0 : SLIDE_MS,
        forceFallback: true, fallbackOnBody: true, fallbackTolerance: 3,
        ghostClass: 'drag-place', fallbackClass: 'drag-ghost',
        onStart: begun, onEnd: () => ended([...list.children].map((row) => row.dataset.id)),
    });
}

// Makes a list draggable while canDrag() says so; ends with its screen.
export function dragging(list, { canDrag, begun, ended }) {
    let isOver = false;
    let made = null;
    onEnd(() => {
        isOver = true;
        made?.destroy();
    });
    makeDraggable(list, { begun, ended, isOver: () => isOver }).then((sortable) => {
        made = sortable;
        made?.option('disabled', !canDrag());
    });
    return { update: (isOn) => made?.option('disabled', !isOn) };
}
