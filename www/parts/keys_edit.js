// SPDX-License-Identifier: MIT
// keys_edit - label and limits of one upstream key.

import { patch } from '../lib/api.js';
import { button, openDialog } from '../lib/dialog.js';
import { faultBox, faults, numberField, textField } from '../lib/form.js';
import { h } from '../lib/h.js';
import { t } from '../lib/i18n.js';
import { signal } from '../lib/signal.js';
import '../text/keys.js';

const CAPS = ['concurrency', 'rpm', 'tpm'];

// null takes a limit back to what the channel says.
function bodyOf(key, label, caps) {
    const now = Object.fromEntries(CAPS.map((name) => [name, caps[name].peek()]));
    const isAny = Object.values(now).some((v) => v !== null);
    return { label: label.peek(), ...(isAny || key.caps ? { caps: isAny ? now : null } : {}) };
}

// k: of keeper().  Settles when it is closed.
export function editKey(k, key) {
    const label = signal(key.label ?? '');
    const caps = Object.fromEntries(CAPS.map((name) => [name, signal(key.caps?.[name] ?? null)]));
    const fault = faults();
    const isBusy = signal(false);
    const save = async (close) => {
        if (isBusy.peek())
            return;
        isBusy.set(true);
        try {
            await patch(k.path('keys', key.id), bodyOf(key, label, caps), { etag: k.channel.peek().etag });
            close(true);
        } catch (e) {
            fault.set(e);
        }
        isBusy.set(false);
        await k.load().catch(() => {});
    };
    const cap = (name) => numberField({ label: t(`keys.caps.${name}`), hint: t('keys.capsHint'),
        value: caps[name], least: 0,
        path: `caps.${name}`, error: fault.at(`caps.${name}`), isOptional: true });
    return openDialog({
        title: t('keys.editTitle', { name: key.label || key.mask }), size: 'small',
        build: (close, giveUp) => ({
            body: h('form', { class: 'form', onsubmit: (e) => {
                e.preventDefault();
                save(close);
            } }, faultBox(fault.fault),
            textField({ label: t('keys.label'), hint: t('keys.labelHint'), value: label, path: 'label',
                error: fault.at('label'), isOptional: true,
                props: { autofocus: true } }),
            CAPS.map(cap), h('button', { type: 'submit', hidden: true, tabindex: '-1',
                'aria-hidden': 'true' })),
            actions: [button(t('common.cancel'), { onclick: giveUp }),
                button(t('common.save'), { class: 'primary', 'aria-busy': () => String(isBusy()),
                    onclick: () => save(close) }, 'check')],
        }),
    });
}
