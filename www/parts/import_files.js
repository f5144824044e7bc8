// SPDX-License-Identifier: MIT
// import_files - which of the predecessor's two files a file is, by its name.

// 'env', 'config', or null; its backups (config.json.bak-1) count as what they are of.
export function fileKind(name) {
    if (/(^|\.)env(\.|$)/i.test(name))
        return 'env';
    return /\.json(\.|$)/i.test(name) ? 'config' : null;
}
