/// The style of a page: light and dark, for a narrow screen, and for paper. It names no address.
enum PageStyle {
  static let text: StaticString = """
    :root{color-scheme:light dark;--paper:#fff;--ink:#1c2128;--soft:#57606a;--line:#d5dae0;\
    --fill:#f5f7f9;--red:#b3261e;--amber:#8a5a00;--green:#1a7037;--blue:#1f5fbf;--violet:#7a3fb0;\
    --teal:#0f766e}
    @media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e3e7ec;--soft:#9aa5b1;\
    --line:#343b44;--fill:#1d232a;--red:#ff8a80;--amber:#e3b341;--green:#6fcf8a;--blue:#7fb0ff;\
    --violet:#c79bf2;--teal:#5fd0c4}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);\
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
    main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}
    h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
    h2{font-size:1.15rem;margin:2rem 0 .5rem}
    p{margin:.4rem 0}
    .soft{color:var(--soft)}
    code,td.id,.place{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;\
    overflow-wrap:anywhere}
    .tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0;padding:0;list-style:none}
    .tiles li{flex:1 1 7rem;border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem;\
    background:var(--fill)}
    .tiles b{display:block;font-size:1.5rem;line-height:1.2}
    .tiles li.none b{color:var(--soft)}
    .note{border-left:.3rem solid var(--line);padding:.4rem .8rem;margin:.6rem 0;background:var(--fill);\
    overflow-wrap:anywhere}
    .note.bad{border-color:var(--red)}.note.warn{border-color:var(--amber)}\
    .note.good{border-color:var(--green)}
    .red{color:var(--red)}.amber{color:var(--amber)}.green{color:var(--green)}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%;font-size:.95rem}
    th,td{text-align:left;vertical-align:top;padding:.3rem 1.25rem .3rem 0;\
    border-bottom:1px solid var(--line)}
    th{color:var(--soft);font-weight:600}
    td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
    td.id{min-width:9rem;white-space:pre-wrap}
    details{border:1px solid var(--line);border-radius:.5rem;margin:.6rem 0;padding:0 .8rem}
    details>:last-child{margin-bottom:.8rem}
    summary{cursor:pointer;padding:.55rem 0;overflow-wrap:anywhere}
    summary:focus-visible,input:focus-visible{outline:.2rem solid var(--blue);outline-offset:.1rem}
    label{font-weight:600}
    input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);\
    border-radius:.4rem;padding:.35rem .6rem;width:100%;max-width:24rem;display:block}
    figure{margin:1rem 0;padding:0}
    figcaption{margin-bottom:.4rem}
    svg{width:100%;height:auto;display:block}
    svg text{fill:var(--soft);font:12px system-ui,sans-serif}
    .axis{stroke:var(--line);fill:none}.limit{stroke:var(--red);stroke-dasharray:5 4;fill:none}
    .line{fill:none;stroke-width:1.75;stroke-linejoin:round}
    .blue{stroke:var(--blue)}.violet{stroke:var(--violet)}.teal{stroke:var(--teal)}\
    .warm{stroke:var(--amber)}.grass{stroke:var(--green)}.hot{stroke:var(--red)}
    .keys{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:.2rem 0 0;padding:0;list-style:none;\
    font-size:.85rem;color:var(--soft)}
    .keys svg{width:1.5rem;height:.6rem;display:inline-block;margin-right:.35rem}
    [hidden]{display:none}
    svg{overflow:visible}
    @media (max-width:40rem){figure svg text{font-size:20px}
    th,td{padding-right:.7rem}.users td:last-child{overflow-wrap:anywhere}\
    .texts thead{display:none}.texts tr{display:block;padding:.4rem 0;\
    border-bottom:1px solid var(--line)}\
    .texts td{display:block;border:0;padding:0;overflow-wrap:anywhere}}
    @media print{main{max-width:none;padding:0}.filter{display:none}details{break-inside:avoid}}
    """
}
