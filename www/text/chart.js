// SPDX-License-Identifier: MIT
// chart - words around charts.
import { words } from '../lib/i18n.js';

words('chart', {
    keys: ['Arrow keys go from time to time; the same numbers stand in the table below.', '按方向键逐点查看；下方表格中有相同的数据。'],
    legend: ['Shown series', '图例'],
    noLibrary: ['Chart.js is not installed where the gateway runs (Debian: libjs-chart.js); here are the numbers.', '网关所在机器未安装 Chart.js（Debian 软件包 libjs-chart.js），仅显示数据表格。'],
    sum: ['Together', '合计'],
    time: ['Time', '时间'],
});
