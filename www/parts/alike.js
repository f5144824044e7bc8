// SPDX-License-Identifier: MIT
// alike - client APIs that choose among their channels in the same way, gathered.

// Client APIs that choose alike are one row: most often all of them.
export function alike(families) {
    const groups = new Map();
    for (const { name, order, strategy, affinity, fuzzy } of families) {
        const id = JSON.stringify([order, strategy, affinity, fuzzy]);
        const group = groups.get(id) ?? { id, names: [], order, strategy, affinity, fuzzy };
        group.names.push(name);
        groups.set(id, group);
    }
    return [...groups.values()];
}
