// SPDX-License-Identifier: MIT
// csv - a table as a file for spreadsheets, made in the page.

// A text that a spreadsheet would take for a formula gets a ' in front: names of models come from outside.
function cell(v) {
    if (v === null || v === undefined)
        return '';
    const text = typeof v === 'string' && /^[=+\-@\t\r]/.test(v) ? `'${v}` : String(v);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// rows: lists of texts and numbers; the first is the head.
export const csv = (rows) => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

// Gives the browser a file to keep.
export function keepFile(name, text, type = 'text/csv;charset=utf-8') {
    const address = URL.createObjectURL(new Blob(['\ufeff', text], { type }));
    const link = Object.assign(document.createElement('a'), { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
}
