// SPDX-License-Identifier: MIT
// format - units of time.
import { words } from '../lib/i18n.js';

words('format', {
    d: ['d', '天'],
    h: ['h', '小时'],
    min: ['min', '分'],
    s: ['s', '秒'],
});
