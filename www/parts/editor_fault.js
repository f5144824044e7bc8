// SPDX-License-Identifier: MIT
// editor_fault - brings a fault before somebody's eyes: its section opens, its field has the focus.

import { complete } from '../lib/paint.js';
import { closest, indexIn } from './editor_check.js';

const CONTROLS = 'input:not([type="checkbox"]), select, textarea, input';
const ROWS = '.url-row, .model-row, .header-row, .text-list-row';

function reveal(el) {
    for (let box = el; box; box = box.parentElement) {
        box.hidden = false;
        if (box.matches('details'))
            box.open = true;
        if (box.matches('.editor'))
            break;
    }
    el.scrollIntoView({ block: 'center' });
}

// fault: {path, ...}, a path in the JSON of the channel.  Always true: there is something to see.
export function showFault(root, fault) {
    complete(root);
    const fields = [...root.querySelectorAll('[data-path]')];
    const place = closest(fault.path ?? '', fields.map((el) => el.dataset.path));
    const field = fields.find((el) => place && el.dataset.path === place);
    if (!field) {
        root.querySelector('.fault-box')?.scrollIntoView({ block: 'center' });
        return true;
    }
    const row = field.querySelectorAll(ROWS)[indexIn(fault.path)];
    const control = (row ?? field).querySelector(CONTROLS) ?? field.querySelector('button');
    reveal(control ?? field);
    control?.focus();
    return true;
}

// The first field that shows by itself that it cannot be right.
export function showWrong(root) {
    complete(root);
    const wrong = root.querySelector('[aria-invalid="true"]');
    if (!wrong)
        return false;
    reveal(wrong);
    wrong.focus();
    return true;
}
