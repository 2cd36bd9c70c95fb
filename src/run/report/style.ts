// The look of the report. Two type families that every system has, one accent, one second colour for held-out
// data; light and dark are the same names with other values. Print is always light.
const LIGHT = `--paper:#fcfcfa;--ink:#1b1f24;--soft:#5b636d;--rule:#dfe1e0;--wash:#f1f3f2;
--accent:#0f5f73;--second:#b4540a;--shade:15 95 115;`;
const DARK = `--paper:#14171a;--ink:#e6e8ea;--soft:#9aa3ad;--rule:#30363c;--wash:#1d2125;
--accent:#6cc3d8;--second:#f0a35c;--shade:84 176 200;`;

/** Opacity of the ten shades of the confusion matrix; the jump is where the text changes colour, to stay legible. */
const SHADE_OPACITY = [0.06, 0.12, 0.18, 0.24, 0.3, 0.37, 0.8, 0.87, 0.94, 1];

function shades(strong: string): string {
  return SHADE_OPACITY.map((opacity, index) => {
    const text = index >= 6 ? `;color:${strong}` : '';
    return `.h${index}{background:rgb(var(--shade) / ${opacity})${text}}`;
  }).join('\n');
}

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}
--serif:Charter,"Bitstream Charter","Sitka Text","Iowan Old Style",Cambria,Georgia,"Liberation Serif",serif;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,"Cascadia Code",Menlo,Consolas,"DejaVu Sans Mono",monospace}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{overflow-wrap:break-word;margin:0 auto;max-width:1200px;padding:4.5rem 2rem 3rem;background:var(--paper);color:var(--ink);
font:16px/1.5 var(--sans);font-variant-numeric:tabular-nums lining-nums;overflow-wrap:break-word}
h1,h2{font-family:var(--serif);font-weight:600;line-height:1.15;text-wrap:balance}
h1{font-size:clamp(2rem,1.3rem + 2.8vw,3.1rem);letter-spacing:-.015em;margin:0 0 1rem}
h2{font-size:1.55rem;letter-spacing:-.008em;margin:0 0 .5rem}
h3{font-size:.95rem;font-weight:600;margin:0 0 .5rem}
p{margin:0;text-wrap:pretty}
.kicker{color:var(--accent);font-weight:600;margin-bottom:.6rem;overflow-wrap:anywhere}
.summary{font:1.2rem/1.5 var(--serif);max-width:44rem;overflow-wrap:anywhere}
.lead{color:var(--soft);max-width:44rem;margin-bottom:1.25rem}
.odd{margin-top:2rem}
.note{color:var(--soft);font-size:.875rem;max-width:44rem;margin-top:.9rem}
.sub{color:var(--soft);font-size:.8125rem;font-weight:400}
section{margin-top:4rem}
table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;font-weight:400;padding:0}
.n{text-align:right}
.none{color:var(--soft)}

.metrics{margin-top:2rem}
.metrics th,.metrics td{padding:.55rem 0 .55rem 2.5rem;border-top:1px solid var(--rule)}
.metrics th:first-child,.metrics td:first-child{padding-left:0}
.metrics thead th,.metrics thead td{border:0;padding-top:0;padding-bottom:.4rem;color:var(--soft);font-size:.8125rem;text-align:right}
.metrics td{text-align:right;white-space:nowrap;vertical-align:baseline}
.metrics .sub{display:block}
.metrics tbody tr:first-child td{font:600 1.75rem/1.2 var(--serif);font-variant-numeric:tabular-nums lining-nums;color:var(--accent)}
.metrics tbody tr:last-child>*{border-bottom:1px solid var(--rule)}

.kinds{width:100%;table-layout:fixed}
.kinds col.figures{width:5.1rem}
.kinds col.figures:nth-last-child(2){width:6.5rem}
.kinds col.strip{width:740px}
.kinds thead th{color:var(--soft);font-size:.8125rem;padding:0 1.2rem .5rem 0;white-space:nowrap}
.kinds tbody tr{border-top:1px solid var(--rule);break-inside:avoid}
.kinds tbody th,.kinds tbody td{padding:1rem 1.2rem 1rem 0}
.kinds tbody td.n{padding-top:1.2rem}
.kinds tbody tr:last-child{border-bottom:1px solid var(--rule)}
.kinds th .sub,.kinds td .sub{display:block}
.name{font:600 1.5rem/1.2 var(--serif);font-variant-numeric:lining-nums;overflow-wrap:anywhere}
.long.name{font-size:1.05rem}
.bar{display:block;height:3px;width:100%;max-width:4.2rem;margin:.4rem 0 0 auto;background:var(--rule);border-radius:2px}
.bar i{display:block;height:100%;background:var(--accent);border-radius:2px}
.kinds tbody .pictures{padding-right:0}
img{display:block;max-width:100%;height:auto;image-rendering:pixelated}

.scroll{overflow-x:auto;max-width:100%}
.confusion{font-size:.875rem;border-collapse:separate;border-spacing:2px;margin-left:-2px}
.confusion td{text-align:right;padding:.3rem .55rem;min-width:3.6rem;border-radius:3px}
.confusion thead th{text-align:right;padding:.2rem .55rem;font-weight:600}
.confusion th[scope=row]{text-align:left;font-weight:600;padding:.3rem .9rem .3rem 2px;white-space:nowrap;
max-width:11rem;overflow:hidden;text-overflow:ellipsis;position:sticky;left:0;background:var(--paper)}
.confusion thead th:first-child{text-align:left;padding-left:2px;white-space:nowrap}
.corner span{display:inline-block;white-space:nowrap}
.confusion .zero{color:var(--soft)}
${shades('#fff')}

.facts th,.facts td{padding:.35rem 0 .35rem 2.2rem;border-top:1px solid var(--rule);text-align:right}
.facts th:first-child{padding-left:0}
.facts thead th{border:0;color:var(--soft);font-size:.8125rem}
.facts tbody th{font-weight:600}

figure{margin:0}
figcaption{display:flex;flex-wrap:wrap;gap:.3rem 2rem;justify-content:space-between;max-width:760px;margin-bottom:.5rem;font-size:.9375rem}
.legend{display:flex;gap:1.4rem;color:var(--soft)}
.key::before{content:"";display:inline-block;width:1.5em;margin-right:.5em;vertical-align:.28em;border-top:2px solid var(--accent)}
.key.heldout::before{border-top:2px dashed var(--second)}
svg{display:block;width:100%;height:auto}
svg.wide{max-width:760px}
svg.narrow{display:none;max-width:420px}
svg text{font:12px var(--sans);fill:var(--soft);font-variant-numeric:tabular-nums}
svg .grid{stroke:var(--rule)}
svg .axis,svg .tick{stroke:var(--soft)}
svg path{fill:none;stroke-width:2;stroke-linejoin:round}
svg path.band{fill:var(--accent);opacity:.16}
svg path.train{stroke:var(--accent)}
svg path.heldout{stroke:var(--second);stroke-dasharray:5 4}
svg circle.heldout{fill:var(--second)}

.pairs{display:flex;flex-wrap:wrap;gap:1.25rem 1.5rem}

.columns{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:2rem 3rem;font-size:.9375rem;margin-top:1.25rem}
dl{margin:0 0 1.75rem}
.columns>div{min-width:0}
dl div{display:flex;gap:1rem;justify-content:space-between;padding:.28rem 0;border-top:1px solid var(--rule)}
dt{flex:none;max-width:75%;color:var(--soft);overflow-wrap:anywhere}
dd{flex:1;margin:0;text-align:right;overflow-wrap:anywhere;min-width:0}
code{font:.8125rem/1.5 var(--mono)}
.fingerprint{overflow-wrap:anywhere;color:var(--soft);font-size:.75rem}
.times{width:100%;margin-bottom:1.75rem}
.times th,.times td{padding:.28rem 0;border-top:1px solid var(--rule)}
.times th{color:var(--soft)}
.times .sub{width:4.5rem}
.times tfoot td{font-weight:600}

footer{margin-top:4rem;padding-top:2rem;border-top:1px solid var(--rule)}
footer p{color:var(--soft);font-size:.9375rem;max-width:44rem}
pre{margin:.75rem 0 1rem;padding:.85rem 1rem;background:var(--wash);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
:focus-visible{outline:2px solid var(--accent);outline-offset:3px}

@media (min-width:1000px){
header{display:grid;grid-template-columns:minmax(0,1fr) auto;column-gap:5rem;align-content:start}
header>*{grid-column:1}
header .summary{align-self:start}
header .metrics{grid-column:2;grid-row:1 / span 4;margin-top:0}
}
@media (max-width:1199px){
.kinds,.kinds tbody{display:block}
.kinds colgroup{display:none}
.kinds thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.kinds tbody tr{display:flex;flex-wrap:wrap;gap:.4rem 1.6rem;align-items:flex-start;padding:1.1rem 0}
.kinds tbody th,.kinds tbody td,.kinds tbody td.n{padding:0;text-align:left}
.kinds th[scope=row]{flex:1 1 auto}
.kinds td[data-label]::before{content:attr(data-label);display:block;color:var(--soft);font-size:.75rem}
.kinds .pictures{width:100%;margin-top:.3rem}
.bar{margin-left:0;width:4.2rem}
}
@media (max-width:820px){
.columns{grid-template-columns:1fr;gap:1rem}
.columns dl,.columns .times{margin-bottom:1rem}
}
@media (max-width:640px){
body{padding:2.25rem 1.5rem}
section{margin-top:3rem}
.summary{font-size:1.1rem}
.metrics{width:100%}
.metrics th,.metrics td{padding-left:.75rem}
.kinds tbody tr{gap:.4rem 1.1rem}
.kinds th[scope=row]{flex-basis:100%;max-width:none}
.kinds th .sub,.kinds td .sub{display:inline}
.confusion thead th:first-child{white-space:normal}
.confusion{font-size:.8125rem}
.confusion td,.confusion thead th{min-width:2.9rem;padding-left:.3rem;padding-right:.4rem}
svg.wide{display:none}
svg.narrow{display:block}
}
@media (prefers-color-scheme:dark){
:root{${DARK}}
${shades('#08191e')}
}
@media print{
:root{color-scheme:light;${LIGHT}}
${shades('#fff')}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
@page{margin:16mm}
body{padding:0;font-size:10.5pt;max-width:none}
section{margin-top:2.2rem}
h2,h3{break-after:avoid}
figure,.columns>div,pre,.confusion tr{break-inside:avoid}
.scroll{overflow:visible}
}
`;
