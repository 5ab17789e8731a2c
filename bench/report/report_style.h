// The style sheet of the report's page: light and dark, wide and narrow. Colours s0 … s9 are those
// of the plots' series.
#pragma once

#include <string_view>

namespace warble::bench {

inline constexpr std::string_view kReportStyle = R"css(
:root{color-scheme:light dark;--page:#f6f5f2;--card:#fff;--ink:#1d2126;--soft:#626a73;
--line:#e3e2dd;
--c0:#1f6fd1;--c1:#d9622b;--c2:#2a8f5b;--c3:#c0364c;--c4:#7a52c7;--c5:#a97b00;--c6:#0f8f9c;
--c7:#b8439a;--c8:#5f7d1f;--c9:#6b7280}
@media(prefers-color-scheme:dark){:root{
--page:#14171b;--card:#1c2026;--ink:#e8eaed;--soft:#9aa3ad;
--line:#2d333b;--c0:#6ba8ff;--c1:#ff9a62;--c2:#5ccf93;--c3:#ff7a8c;--c4:#b79bff;--c5:#e2b93b;
--c6:#4fd0dd;--c7:#f08bd3;--c8:#a9cc5b;--c9:#a3acb8}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1360px;margin:0 auto;padding:32px 24px 48px}
header p{margin:0;color:var(--soft);font-size:13px;letter-spacing:.02em}
h1{margin:0 0 20px;font-size:30px;line-height:1.2;font-weight:650}
h2{margin:0;font-size:17px;font-weight:620}
dl{margin:0}dd{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;
margin-bottom:20px}
.tiles>div,figure,.scroll,.conditions{background:var(--card);border:1px solid var(--line);
border-radius:10px}
.tiles>div{padding:14px 16px}
.tiles dt{color:var(--soft);font-size:13px}
.tiles dd{font-size:25px;line-height:1.25;font-weight:620;font-variant-numeric:tabular-nums;
white-space:nowrap}
.tiles small{font-size:13px;font-weight:400;color:var(--soft)}
.tiles .more{font-size:13px;font-weight:400;color:var(--soft);white-space:normal;min-height:1.25em}
.plots{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;margin-bottom:20px}
figure{margin:0;padding:18px 18px 14px}
figcaption p{margin:0 0 8px;color:var(--soft);font-size:13px}
figure:has(.none){display:flex;flex-direction:column}
.none{margin:auto;padding:32px 0;color:var(--soft)}
figure svg{max-width:100%;height:auto;display:block}
.wide svg{width:100%}
.narrow{display:none}.narrow svg{width:100%}
.legend{list-style:none;margin:8px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:4px 16px;
font-size:13px}
.legend li{display:flex;align-items:center;gap:6px}
svg text{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
svg .title{fill:var(--ink);font-size:12px;font-weight:600}
svg .grid{stroke:var(--line);stroke-width:1}
svg .axis{stroke:var(--soft);stroke-width:1}
svg path{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
svg .dashed{stroke-dasharray:5 4}
svg path.area{stroke:none;opacity:.16}
svg circle{stroke:var(--card);stroke-width:1}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}
.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}
.s8{stroke:var(--c8)}.s9{stroke:var(--c9)}
circle.s0,rect.s0,svg path.area.s0,.b0{fill:var(--c0);background:var(--c0)}
circle.s1,rect.s1,svg path.area.s1,.b1{fill:var(--c1);background:var(--c1)}
circle.s2,rect.s2,.b2{fill:var(--c2);background:var(--c2)}
circle.s3,rect.s3,.b3{fill:var(--c3);background:var(--c3)}
circle.s4,rect.s4,.b4{fill:var(--c4);background:var(--c4)}
circle.s5,rect.s5,.b5{fill:var(--c5);background:var(--c5)}
circle.s6,rect.s6,.b6{fill:var(--c6);background:var(--c6)}
circle.s7,rect.s7,.b7{fill:var(--c7);background:var(--c7)}
circle.s8,rect.s8,.b8{fill:var(--c8);background:var(--c8)}
circle.s9,rect.s9,.b9{fill:var(--c9);background:var(--c9)}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:8px}
.scroll{overflow-x:auto;margin-bottom:20px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;white-space:nowrap}
th,td{padding:8px 14px;text-align:right;border-bottom:1px solid var(--line)}
thead th{color:var(--soft);font-size:13px;font-weight:500}
th:first-child{text-align:left;font-weight:500}
tbody tr:last-child>*{border-bottom:0;font-weight:650}
.errors{margin:0 0 20px;padding:0 0 0 20px}
.errors b{color:var(--c3)}
.conditions{padding:14px 18px;font-size:13px}
.conditions>div{display:flex;gap:14px;padding:3px 0}
.conditions dt{color:var(--soft);flex:0 0 76px}
.conditions dd{min-width:0;overflow-wrap:anywhere}
code{font:12.5px ui-monospace,"Cascadia Mono",Menlo,Consolas,monospace}
@media(max-width:1000px){.plots{grid-template-columns:minmax(0,1fr)}}
@media(max-width:560px){main{padding:20px 12px 32px}h1{font-size:24px}.wide{display:none}
.narrow{display:block}figure{padding:14px 10px 12px}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}.tiles>div{padding:10px 12px}
.tiles dd{font-size:20px}}
@media print{body{background:#fff}figure,.scroll{break-inside:avoid}}
)css";

}  // namespace warble::bench
