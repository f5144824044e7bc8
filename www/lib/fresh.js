// SPDX-License-Identifier: MIT
// fresh - notices that the gateway serves another panel than this page is made of.
//
// All files of a panel have its version in their address, and another version's are gone: so who goes on with an old page meets
// screens that cannot be loaded, and doors that are not what they were.

import { get } from './api.js';
import { follow } from './live.js';
import { signal } from './signal.js';

const ours = new URL('.', import.meta.url).pathname.split('/').at(-3);

export const isOld = signal(false);

// Looks when the configuration changed and when the connection came back; ends with the frame.
export function watchVersion() {
    follow(['config'], async () => {
        const { panel } = await get('api/status');
        isOld.set(Boolean(panel) && panel !== ours);
    }, { ms: 2000 });
}
