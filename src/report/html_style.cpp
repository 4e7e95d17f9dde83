// The page's style sheet: a document, calm, for a screen, a phone, paper, and either light.
//
// Fonts are those of the reader's system. Colours come in pairs for light and dark, each with a contrast
// of 4.5 and more against what it stands on (WCAG 2.2, 1.4.3), and none says anything that a word or a
// sign does not say too. In print, small blocks stay whole and tables repeat their heads. Variables stand in
// longhands only: WeasyPrint takes them nowhere else. Pictures bring a style of their own, map_style().
#include "html_page.h"

namespace mailseal {

std::string_view html_style() noexcept {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f6f8; --ink: #1b1f24; --soft: #565e6b; --rule: #d9dde3; --strong-rule: #9aa3af;
  --link: #1b4d8f;
  --bad: #b3261e; --bad-panel: #fbecec; --warn: #7a5200; --warn-panel: #fcf2df; --good: #0b6e4f; --good-panel: #e8f4ed;
  --bad-fill: #b3261e; --warn-fill: #c47f17; --good-fill: #2a8a68; --neutral-fill: #a3abb7; --on-fill: #ffffff;
  --text: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", sans-serif;
  --book: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", P052, Georgia, "Hiragino Mincho ProN", "Yu Mincho", "Noto Serif CJK JP", serif;
  --code: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Noto Sans Mono", "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15181d; --panel: #1c2026; --ink: #e3e6ea; --soft: #a5adb9; --rule: #323944; --strong-rule: #66707e;
    --link: #8fbaf3;
    --bad: #ff8f85; --bad-panel: #3a1c1e; --warn: #e6b450; --warn-panel: #33270f; --good: #5fd3a5; --good-panel: #142c1f;
    --bad-fill: #e2626a; --warn-fill: #d39a3c; --good-fill: #3fae86; --neutral-fill: #6d7784; --on-fill: #15181d;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 84rem;
  background-color: var(--paper); color: var(--ink); font-family: var(--text); font-size: 1rem; line-height: 1.55;
}
p, ul, ol, dl, pre, table { margin: 0 0 1rem; }
h1, h2, h3, p, li, dd, caption { overflow-wrap: anywhere; }
p, li { max-width: 44rem; }
h1, h2, h3 { font-family: var(--book); font-weight: 600; line-height: 1.2; margin: 0; text-wrap: balance; }
h1 { font-size: 2.3rem; letter-spacing: -.01em; }
h2 { font-size: 1.5rem; margin-bottom: 1.1rem; }
h3 { font-size: 1.15rem; margin: 1.75rem 0 .6rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid; outline-color: var(--link); outline-offset: 2px; }
code, pre, .address { font-family: var(--code); font-size: .86em; font-variant-ligatures: none; }
pre {
  padding: .8rem 1rem; background-color: var(--panel); border: 1px solid; border-top-color: var(--rule); border-right-color: var(--rule); border-bottom-color: var(--rule); border-left-color: var(--rule); border-radius: 3px;
  white-space: pre-wrap; overflow-wrap: anywhere; max-height: 28rem; overflow-y: auto; line-height: 1.5;
}
.note, .more, .id { color: var(--soft); }
.note { font-size: .93rem; }
.more { font-size: .9em; }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.skip { position: absolute; left: -99rem; padding: .6rem 1rem; background-color: var(--paper); border: 2px solid; border-top-color: var(--link); border-right-color: var(--link); border-bottom-color: var(--link); border-left-color: var(--link); }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; }

header { border-top: 4px solid; border-top-color: var(--ink); padding-top: 1.1rem; margin-bottom: 2rem; }
header .kind { margin: 0 0 .3rem; color: var(--soft); font-size: .95rem; }
header dl.facts { margin: 1.25rem 0 0; }
nav { margin-bottom: 2.5rem; padding: .9rem 0; border: solid; border-width: 1px 0; border-top-color: var(--rule); border-bottom-color: var(--rule); font-size: .93rem; }
nav ol { margin: 0; padding: 0; list-style: none; counter-reset: part; display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; }
nav li { counter-increment: part; max-width: none; }
nav li::before { content: counter(part) "\2002"; color: var(--soft); font-variant-numeric: tabular-nums; }
nav a { color: inherit; text-decoration: none; display: inline-block; padding: .15rem 0; }
nav a:hover { text-decoration: underline; }
main { counter-reset: part; }
main:focus { outline: none; }
main > section { counter-increment: part; margin-bottom: 3.25rem; }
main > section > h2 { padding-top: .75rem; border-top: 1px solid; border-top-color: var(--strong-rule); }
main > section > h2::before { content: counter(part) "\2003"; color: var(--soft); font-weight: 400; }
footer { border-top: 1px solid; border-top-color: var(--rule); padding-top: 1rem; color: var(--soft); font-size: .9rem; }
@media screen and (min-width: 78rem) {
  body { display: grid; grid-template-columns: 12.5rem minmax(0, 1fr); column-gap: 3.5rem; align-items: start; }
  header, footer { grid-column: 1 / -1; }
  nav { position: sticky; top: 1.5rem; border: 0; padding: .75rem 0; margin: 0; }
  nav ol { display: block; }
  nav li { display: flex; gap: .5rem; padding: .1rem 0; }
  nav li::before { content: counter(part); min-width: 1.2rem; padding-top: .15rem; }
}

.answer { padding: 1.4rem 1.6rem 1.5rem; margin-bottom: 1.5rem; border-left: 6px solid; border-left-color: var(--neutral-fill); background-color: var(--panel); }
.answer .word { margin: 0 0 .5rem; font-weight: 700; letter-spacing: .09em; font-size: 1.3rem; line-height: 1.2; }
.answer .sentence { margin: 0; font-family: var(--book); font-size: 1.22rem; line-height: 1.45; max-width: 48rem; }
.answer.fail { border-left-color: var(--bad-fill); background-color: var(--bad-panel); }
.answer.fail .word { color: var(--bad); }
.answer.pass { border-left-color: var(--good-fill); background-color: var(--good-panel); }
.answer.pass .word { color: var(--good); }
.answer.inconclusive { border-left-color: var(--warn-fill); background-color: var(--warn-panel); }
.answer.inconclusive .word { color: var(--warn); }
.sum { margin-bottom: .5rem; }
.bar { display: table; table-layout: fixed; width: 100%; height: .7rem; margin-bottom: .9rem; font-size: 1px; line-height: 1; }
.bar i { display: table-cell; background-color: var(--neutral-fill); }
.bar i + i { border-left: 2px solid; border-left-color: var(--paper); }
.bar .encrypted { background-color: var(--good-fill); }
.bar .plaintext, .bar .mixed { background-color: var(--bad-fill); }
.bar .mixed { background-image: repeating-linear-gradient(45deg, transparent 0 3px, var(--paper) 3px 5px); }
.bar .failed, .bar .inconclusive { background-color: var(--warn-fill); }
.bar .inconclusive { background-image: repeating-linear-gradient(45deg, transparent 0 3px, var(--paper) 3px 5px); }
.figures { display: flex; flex-wrap: wrap; margin: 0 0 1.5rem; padding: 0; list-style: none; }
.figures li { margin: 0 2.25rem .75rem 0; }
.figures b {
  display: block; font-family: var(--book); font-weight: 400; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: lining-nums tabular-nums;
}
.figures .none b { color: var(--soft); }

.state { white-space: nowrap; font-weight: 600; }
.state > span { display: inline-block; min-width: 1em; text-align: center; }
.state.plaintext, .state.mixed { color: var(--bad); }
.state.failed, .state.inconclusive { color: var(--warn); }
.state.encrypted { color: var(--good); }
.state.no-mail { color: var(--soft); font-weight: 400; }
.none .state { color: var(--soft); font-weight: 400; }
.severity {
  display: inline-block; padding: .1em .6em; border: 1px solid currentColor; border-radius: 3px;
  font-family: var(--text); font-weight: 600; font-size: .78rem; line-height: 1.5; white-space: nowrap; vertical-align: .12em;
}
.severity.critical { background-color: var(--bad-fill); color: var(--on-fill); }
.severity.critical { border-top-color: var(--bad-fill); border-right-color: var(--bad-fill); border-bottom-color: var(--bad-fill); border-left-color: var(--bad-fill); }
.severity.high { color: var(--bad); background-color: var(--bad-panel); }
.severity.medium, .severity.low { color: var(--warn); }
.severity.medium { background-color: var(--warn-panel); }
.severity.info { color: var(--soft); }
.severity.positive { color: var(--good); }

.scroll { overflow-x: auto; margin-bottom: 1.5rem; }
table { width: 100%; margin: 0; border-collapse: collapse; font-size: .9rem; line-height: 1.45; font-variant-numeric: lining-nums tabular-nums; }
caption { padding: 0 0 .5rem; text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .5rem .9rem .5rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid; border-bottom-color: var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom-color: var(--strong-rule); font-weight: 600; vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 400; }
.title { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
a.id { min-height: 24px; padding: .25rem 0; }
a.id, code.id { display: block; font-family: var(--code); font-size: .84em; }
.address { overflow-wrap: anywhere; }
.hops td.address { min-width: 10.5rem; }
.hops th .address { overflow-wrap: break-word; }
td > .address { display: block; }
tr:target > *, .finding:target { background-color: var(--panel); }
.evidence, .inventory, .sessions, .inputs { min-width: 59rem; table-layout: fixed; }
.evidence thead th:nth-child(1) { width: 14%; }
.evidence thead th:nth-child(2) { width: 7.5%; }
.evidence thead th:nth-child(3) { width: 18.5%; }
.evidence thead th:nth-child(4) { width: 9.5%; }
.evidence thead th:nth-child(5) { width: 18%; }
.evidence thead th:nth-child(6) { width: 9.5%; }
.evidence thead th:nth-child(7) { width: 8%; }
.inventory thead th:nth-child(1), .inventory thead th:nth-child(2) { width: 19%; }
.inventory thead th:nth-child(3) { width: 30%; }
.sessions thead th:nth-child(1) { width: 5%; }
.sessions thead th:nth-child(2) { width: 20%; }
.sessions thead th:nth-child(3) { width: 13%; }
.sessions thead th:nth-child(4) { width: 11%; }
.sessions thead th:nth-child(5) { width: 18%; }
.sessions thead th:nth-child(6) { width: 16%; }
.inputs thead th:nth-child(1) { width: 36%; }
.evidence tbody > tr > *, .inventory tbody > tr > *, .sessions tbody > tr > *, .inputs tbody > tr > * { overflow-wrap: anywhere; }
.evidence .address, .sessions .address { display: block; }
.summary, .hops { min-width: 36rem; }
.notes, .sights { min-width: 46rem; }
.notes, .sights { table-layout: fixed; }
.notes thead th:nth-child(1), .sights thead th:nth-child(1) { width: 29%; }
.notes thead th:nth-child(2), .sights thead th:nth-child(2) { width: 8%; }
.notes thead th:nth-child(4), .sights thead th:nth-child(4) { width: 28%; }

/* For what knows no grid (WeasyPrint). */
dl.facts dt { float: left; clear: left; width: 9.5rem; }
dl.facts dd { margin: 0 0 .3rem 10.75rem; }
dl.facts { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: .35rem 1.25rem; }
dl.facts dt, dl.compact dt, dl.blanks dt { color: var(--soft); }
dl.facts dd, dl.compact dd { max-width: 44rem; }
dl.compact dd { margin: 0; }
@supports (display: grid) {
  dl.facts dt { float: none; width: auto; }
  dl.facts dd { margin: 0; }
}
dl.compact { display: grid; grid-template-columns: 5.2em minmax(0, 1fr); gap: .15rem .6rem; align-items: baseline; margin: 0 0 .8rem; }
dl.compact dt { font-size: .9em; }
dl.blanks {
  display: grid; grid-template-columns: max-content minmax(4rem, 1fr) max-content minmax(4rem, 1fr);
  gap: .4rem .75rem; align-items: end; max-width: 58rem; margin: 1rem 0 0; font-size: .93rem;
}
dl.blanks dt:nth-of-type(even) { padding-left: 1.5rem; }
dl.blanks dd { margin: 0; min-height: 1.9rem; border-bottom: 1px solid; border-bottom-color: var(--strong-rule); }
.finding { margin: 2.25rem 0; padding-left: 1.25rem; border-left: 4px solid; border-left-color: var(--neutral-fill); }
.finding h3 { margin: 0 0 .2rem; }
.finding p.id { margin-bottom: .9rem; font-size: .93rem; }
.finding.critical, .finding.high { border-left-color: var(--bad-fill); }
.finding.medium, .finding.low { border-left-color: var(--warn-fill); }
.finding .scroll { margin-bottom: .5rem; }
.finding dl.blanks { grid-template-columns: repeat(3, max-content minmax(3rem, 1fr)); }
.finding dl.blanks dt:nth-of-type(n + 2) { padding-left: 1.5rem; }
.input h3 { font-family: var(--text); font-size: 1.05rem; }
figure { margin: 0 0 2rem; overflow-x: auto; }
figure svg { display: block; max-width: max(100%, 52rem); height: auto; }

@media screen and (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.8rem; }
  h2 { font-size: 1.3rem; }
  .answer { padding: 1.1rem 1.1rem 1.2rem; }
  .answer .sentence { font-size: 1.1rem; }
  .figures { display: grid; grid-template-columns: repeat(2, 1fr); }
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dl.facts dd { margin-bottom: .6rem; }
  dl.blanks { grid-template-columns: minmax(0, max-content) minmax(5rem, 1fr); }
  .finding dl.blanks { grid-template-columns: max-content minmax(5rem, 1fr); }
  dl.blanks dt:nth-of-type(n), .finding dl.blanks dt:nth-of-type(n) { padding-left: 0; }
  .finding { padding-left: .9rem; }
  caption { max-width: calc(100vw - 2rem); }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media (forced-colors: active) { .bar i { forced-color-adjust: none; } .answer, .finding { border-color: CanvasText; } }

@page {
  size: A4; margin: 18mm 16mm 20mm;
  @bottom-left { content: "mailseal"; font: 8pt sans-serif; color: #565e6b; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #565e6b; }
}
@media print {
  :root { color-scheme: light; }
  html { font-size: 9.5pt; }
  body { padding: 0; max-width: none; line-height: 1.42; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, .skip { display: none; }
  p, li { orphans: 3; widows: 3; }
  h1, h2, h3, caption { break-after: avoid; }
  a { color: inherit; text-decoration: none; }
  a.id { min-height: 0; padding: 0; }
  p, li, dl.facts dd { max-width: none; }
  main > section { margin-bottom: 9mm; }
  #sign-off { margin-bottom: 4mm; break-inside: avoid; }
  footer { break-before: avoid; }
  .answer .sentence { font-size: 12pt; }
  .scroll, figure { overflow: visible; }
  figure svg { max-width: 100%; max-height: 235mm; }
  pre { max-height: none; overflow: visible; font-size: 7.5pt; }
  table { min-width: 0 !important; font-size: 8pt; }
  thead { display: table-header-group; break-after: avoid; }
  tbody tr:first-child { break-before: avoid; }
  thead th { white-space: normal; }
  td, th { padding: 1.3mm 2mm 1.3mm 0; }
  tr, pre, .answer, .figures, .blanks, .input, figure { break-inside: avoid; }
  .finding p.id { break-after: avoid; }
  .finding dl.facts dt { break-inside: avoid; break-after: avoid; }
  .finding dl.blanks { break-before: avoid; }
  .inventory tr, #reproduce pre { break-inside: auto; }
  .finding { margin: 6mm 0; padding-left: 4mm; }
  dl.blanks dd { min-height: 8mm; }
}
)css";
}

}  // namespace mailseal
