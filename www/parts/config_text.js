// SPDX-License-Identifier: MIT
// config_text - texts of the configuration as lines to show: differences, what is searched for, complaints with their places.

const HUNK = /^@@ /;

// diff -u as [{kind: 'file'|'hunk'|'add'|'cut'|'same', sign, text}]; only the first two lines
// name files.
export function diffLines(text) {
    const lines = text.replace(/\n$/, '').split('\n');
    let isInside = false;
    return text === '' ? [] : lines.map((line) => {
        isInside ||= HUNK.test(line);
        if (!isInside)
            return { kind: 'file', sign: '', text: line };
        if (HUNK.test(line))
            return { kind: 'hunk', sign: '', text: line };
        const kind = line[0] === '+' ? 'add' : line[0] === '-' ? 'cut' : 'same';
        return { kind, sign: kind === 'add' ? '+' : kind === 'cut' ? '−' : '',
            text: line.slice(1) };
    });
}

export const diffCounts = (lines) => ({ added: lines.filter((l) => l.kind === 'add').length,
    cut: lines.filter((l) => l.kind === 'cut').length });

const indentOf = (line) => line.length - line.trimStart().length;
const opens = (line) => /[{(]\s*(#.*)?$/.test(line.trimEnd());

// The lines that have every word, with the heads of the groups they stand in; all lines without
// a word.
export function findLines(text, search) {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const lines = text.replace(/\n$/,
        '').split('\n').map((line, number) => ({ number, text: line }));
    if (words.length === 0)
        return { lines, hits: lines.length, isAll: true };
    const heads = [];
    const kept = new Map();
    let hits = 0;
    for (const line of lines) {
        const indent = indentOf(line.text);
        while (heads.length && indentOf(heads.at(-1).text) >= indent)
            heads.pop();
        const told = `${heads.map((head) => head.text).join(' ')} ${line.text}`.toLowerCase();
        const isHit = words.every((word) => told.includes(word))
            && words.some((word) => line.text.toLowerCase().includes(word));
        if (isHit) {
            hits++;
            heads.forEach((head) => kept.set(head.number, head));
            kept.set(line.number, line);
        }
        if (opens(line.text))
            heads.push(line);
    }
    return { lines: [...kept.values()].sort((a, b) => a.number - b.number), hits,
        isAll: false };
}

// "attempts = 7;  # /etc/x.conf:3" → the setting, and who says it.
export function splitSource(line) {
    const m = /^(.*?)(\s{2}(?:# (.+)|\(built-in\)))$/.exec(line);
    return m ? { text: m[1], source: m[2].trim().replace(/^# /, '') }
        : { text: line, source: '' };
}

// "claude-proxy.conf:12: error: what" → {place, kind, text}; what has no place is a text.
export function finding(line) {
    const m = /^(.+?): (error|warning): (.*)$/.exec(line);
    return m ? { place: m[1], kind: m[2], text: m[3] }
        : { place: '', kind: /error/i.test(line) ? 'error' : 'warning', text: line };
}
