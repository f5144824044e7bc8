// SPDX-License-Identifier: MIT
// test_screens_zh - every screen in Chinese.

import { everyScreen } from './screens.mjs';

export { channels, prepare } from './screens.mjs';

everyScreen('zh-CN', { light: 390, dark: 1280 });
