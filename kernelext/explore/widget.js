((page) => {
  "use strict";
  const root = document.getElementById(page.id);
  if (!root || !page.kernel || typeof WebSocket === "undefined") return; // keep the strip

  // ---- connection to the program of the cell ----

  // GoNB's channel works only for servers at the root of a plain http address;
  // elsewhere (JupyterHub, https) the widget opens its own channel of the same kind.
  const config = (() => {
    try { return JSON.parse(document.getElementById("jupyter-config-data").textContent); } catch { return {}; }
  })();
  const base = config.baseUrl || "/";
  const usesGonb = location.protocol === "http:" && base === "/";

  const ownChannel = () => new Promise((resolve, reject) => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${base}api/kernels/${page.kernel}/channels`);
    const comm = crypto.randomUUID(), listeners = {};
    const post = (type, content) => {
      const id = crypto.randomUUID();
      socket.send(JSON.stringify({ header: { msg_id: id, msg_type: type }, msg_id: id, msg_type: type, parent_header: {}, metadata: {}, content, channel: "shell" }));
    };
    const send = (address, value) => post("comm_msg", { comm_id: comm, data: { address, value } });
    socket.onopen = () => post("comm_open", { comm_id: comm, target_name: "gonb_comm", kernel_id: page.kernel, data: {} });
    socket.onerror = () => reject(new Error("no connection to the Jupyter server"));
    socket.onclose = () => lost("The connection to the kernel is closed.");
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.msg_type !== "comm_msg" || message.content.comm_id !== comm) return;
      const { address, value } = message.content.data;
      if (address === "#comm_open_ack") resolve({ send, subscribe: (a, f) => { listeners[a] = f; } });
      else if (address === "#heartbeat/ping") send("#heartbeat/pong", true);
      else if (listeners[address]) listeners[address](address, value);
    };
  });

  const gonbChannel = async () => {
    for (let i = 0; i < 150; i++) {
      const comm = globalThis.gonb_comm;
      if (comm && comm._kernel_id === page.kernel) {
        try { await comm._is_connected; return comm; } catch { /* the kernel tries again */ }
      }
      await new Promise((r) => setTimeout(r, 100));
    }
    throw new Error("no connection to the kernel");
  };

  // One question is pending at a time; the next one asks for the latest values.
  let channel = null, number = 0, waiting = 0, wanted = null, sent = "", sentAt = 0, over = false;
  const ask = (settled) => {
    wanted = { values: { ...values }, settled: Boolean(settled) };
    pump();
  };
  const pump = () => {
    if (over || !channel || !wanted || (waiting && performance.now() - sentAt < 5000)) return;
    waiting = ++number;
    sent = JSON.stringify({ n: waiting, ...wanted });
    wanted = null;
    send();
  };
  const send = () => {
    sentAt = performance.now();
    renew();
    channel.send(page.ask, sent);
  };
  // The kernel replaces GoNB's channel if the browser was slow; the former one is closed.
  const renew = () => {
    const now = usesGonb && globalThis.gonb_comm;
    if (!now || now === channel || now._kernel_id !== page.kernel) return;
    channel = now;
    channel.subscribe(page.answers, hear);
  };
  // A question that was lost meanwhile is repeated.
  const repeating = setInterval(() => {
    if (over) clearInterval(repeating);
    else if (waiting && performance.now() - sentAt > 5000) wanted ? pump() : send();
  }, 1000);
  const hear = (_, text) => {
    const answer = JSON.parse(text);
    if (answer.n !== waiting) return;
    waiting = 0;
    show(answer);
    root.dataset.answer = answer.n;
    root.dataset.milliseconds = (performance.now() - sentAt).toFixed(1);
    root.dataset.took = answer.took;
    pump();
  };
  const lost = (why) => {
    if (over) return;
    over = true;
    if (parts.note) parts.note.textContent = why;
    root.querySelectorAll("input, button").forEach((e) => { e.disabled = true; });
  };

  // ---- display ----

  const values = {}, parts = {}, controls = {}, sliders = page.sliders || [];
  const make = (tag, style, ...children) => {
    const e = document.createElement(tag);
    if (style) e.style.cssText = style;
    e.append(...children);
    return e;
  };
  const text = "color:var(--jp-content-font-color1,inherit);font-family:var(--jp-content-font-family,sans-serif);font-size:13px;";
  const number3 = (v) => v.toFixed(3).replace("-", "\u2212");

  const show = (answer) => {
    parts.note.textContent = answer.error || "";
    if (answer.error) return;
    parts.picture.src = answer.picture;
    parts.f.textContent = `f = ${number3(answer.f)}`;
    parts.verdict.textContent = answer.right ? "\u2713 right" : "\u2717 wrong";
    parts.verdict.style.color = answer.right ? "#1a9e77" : "#d9641e";
    parts.picture.style.outline = answer.right ? "2px solid #1a9e77" : "2px dashed #d9641e";
    parts.picture.alt = `the view; the network's top-1 answer is ${answer.top[0].label}`;
    parts.top.replaceChildren(...answer.top.map(({ label, p }) => {
      const bar = make("div", `position:absolute;inset:0 auto 0 0;width:${(100 * p).toFixed(1)}%;background:#3b76af;opacity:.35;border-radius:2px`);
      const name = make("span", "position:relative;flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap", label);
      const value = make("span", "position:relative;font-variant-numeric:tabular-nums", p.toFixed(3));
      return make("div", "position:relative;display:flex;gap:8px;padding:2px 5px;margin-bottom:2px", bar, name, value);
    }));
  };

  const viewPanel = () => {
    parts.picture = make("img", `width:${page.size}px;height:${page.size}px;background:#000;display:block;margin:2px`);
    parts.picture.className = "semrob-view";
    parts.f = make("span", "font-weight:600;font-variant-numeric:tabular-nums", "f = …");
    parts.f.className = "semrob-f";
    parts.f.title = page.label;
    parts.verdict = make("span", "font-weight:600");
    parts.top = make("div", "margin-top:4px");
    parts.top.className = "semrob-top";
    parts.top.setAttribute("aria-live", "polite");
    return make("div", `width:${page.size + 6}px;flex:none`, parts.picture,
      make("div", "display:flex;justify-content:space-between;margin:6px 2px 0", parts.f, parts.verdict), parts.top);
  };

  const format = (s, v) => String(Math.round(v * 1000) / 1000).replace("-", "\u2212") + (s.unit === "°" ? "°" : s.unit ? " " + s.unit : "");
  const set = (name, v) => {
    values[name] = v;
    if (controls[name]) controls[name](v);
    if (page.map && page.map.names.includes(name)) cross();
  };

  const sliderRow = (s) => {
    const input = make("input", "flex:1;min-width:90px");
    Object.assign(input, { type: "range", min: s.min, max: s.max, step: s.step === 1 ? 1 : "any", value: s.value, title: s.description });
    input.dataset.parameter = s.name;
    input.setAttribute("aria-label", s.name);
    const out = make("output", "width:56px;text-align:right;font-variant-numeric:tabular-nums");
    const read = () => (s.step === 1 ? Number(input.value) : Math.round(Number(input.value) / s.step) * s.step);
    const clean = () => Number(read().toFixed(4));
    input.addEventListener("input", () => { set(s.name, clean()); ask(); });
    input.addEventListener("change", () => { set(s.name, clean()); ask(true); });
    input.addEventListener("dblclick", () => { set(s.name, s.value); ask(true); });
    controls[s.name] = (v) => { if (clean() !== v) input.value = v; out.textContent = format(s, v); };
    values[s.name] = s.value;
    controls[s.name](s.value);
    const label = make("label", "display:flex;align-items:center;gap:8px;break-inside:avoid", make("span", "width:104px", s.name), input, out);
    label.title = s.description;
    return label;
  };

  const sliderPanel = () => {
    const rows = sliders.map(sliderRow);
    const reset = make("button", "", "Reset");
    reset.className = "semrob-reset";
    reset.addEventListener("click", () => { sliders.forEach((s) => set(s.name, s.value)); ask(true); });
    return make("div", "flex:1 1 420px;min-width:280px;max-width:760px",
      make("div", sliders.length > 8 ? "columns:2 280px;column-gap:28px" : "", ...rows), make("div", "margin-top:6px", reset));
  };

  const mapPanel = () => {
    const m = page.map, picture = make("img", "display:block;width:100%;cursor:crosshair;touch-action:none;user-select:none");
    Object.assign(picture, { src: m.picture, alt: m.alt, draggable: false });
    picture.className = "semrob-map";
    picture.tabIndex = 0;
    parts.cross = make("div", "position:absolute;width:18px;height:18px;margin:-9px 0 0 -9px;border:2.5px solid #fff;outline:1.5px solid #222;border-radius:50%;pointer-events:none;box-shadow:inset 0 0 0 1.5px #222");
    parts.where = make("div", "font-variant-numeric:tabular-nums;min-height:1.3em");
    parts.where.className = "semrob-where";
    m.names.forEach((name, k) => { values[name] = m.start[k]; });
    const axes = [m.X, m.Y];
    const move = (event, settled) => {
      const box = picture.getBoundingClientRect(), scale = box.width / m.Width;
      const fractions = [
        ((event.clientX - box.left) / scale - m.Left) / (m.Right - m.Left),
        1 - ((event.clientY - box.top) / scale - m.Top) / (m.Bottom - m.Top)];
      fractions.forEach((t, k) => {
        const a = axes[k], v = a.Min + Math.min(1, Math.max(0, t)) * (a.Max - a.Min);
        set(m.names[k], Math.round(v * 10) / 10);
      });
      ask(settled);
    };
    picture.addEventListener("pointerdown", (e) => { if (e.button === 0) { picture.setPointerCapture(e.pointerId); move(e, false); } });
    picture.addEventListener("pointermove", (e) => { if (e.buttons & 1) move(e, false); });
    picture.addEventListener("pointerup", (e) => move(e, true));
    picture.addEventListener("keydown", (e) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[e.key];
      if (!step) return;
      e.preventDefault();
      e.stopPropagation();
      step.forEach((d, k) => {
        const a = axes[k], width = a.Max - a.Min;
        let v = values[m.names[k]] + d * width / 120;
        v = a.Periodic ? a.Min + (((v - a.Min) % width) + width) % width : Math.min(a.Max, Math.max(a.Min, v));
        set(m.names[k], Math.round(v * 10) / 10);
      });
      ask(true);
    });
    return make("div", `flex:0 1 ${m.Width}px;min-width:320px`, make("div", "position:relative", picture, parts.cross), parts.where);
  };
  const cross = () => {
    const m = page.map, [x, y] = m.names.map((n) => values[n]);
    const part = (v, a) => (v - a.Min) / (a.Max - a.Min);
    parts.cross.style.left = `${100 * (m.Left + part(x, m.X) * (m.Right - m.Left)) / m.Width}%`;
    parts.cross.style.top = `${100 * (m.Bottom - part(y, m.Y) * (m.Bottom - m.Top)) / m.Height}%`;
    parts.where.textContent = `${m.names[0]} ${format({ unit: m.X.Unit }, x)}, ${m.names[1]} ${format({ unit: m.Y.Unit }, y)}`;
  };

  const build = () => {
    parts.note = make("div", "color:#d9641e;min-height:1.3em");
    parts.note.className = "semrob-note";
    const done = make("button", "", "Done");
    done.className = "semrob-done";
    done.title = "end the cell; the last views stay";
    done.addEventListener("click", () => { renew(); channel.send(page.ask, JSON.stringify({ done: true })); lost("Done."); });
    const hint = page.map ? "Click on the map, drag over it, or use the arrow keys." : "Move a slider; double-click it to reset it.";
    const body = make("div", "display:flex;flex-wrap:wrap;gap:20px;align-items:flex-start");
    if (page.map) body.append(mapPanel());
    if (sliders.length && !page.map) body.append(sliderPanel());
    body.append(viewPanel());
    if (sliders.length && page.map) body.append(sliderPanel());
    const widget = make("div", text, make("div", "display:flex;gap:14px;align-items:baseline;margin-bottom:8px",
      make("b", "font-size:15px", page.title), make("span", "flex:1;opacity:.75", hint), done), body, parts.note);
    root.replaceChildren(widget);
    if (page.map) cross();
  };

  (async () => {
    try {
      channel = await (usesGonb ? gonbChannel() : ownChannel());
    } catch (e) {
      return; // no live kernel: keep the strip
    }
    build();
    channel.subscribe(page.answers, hear);
    ask();
    root.dataset.live = "yes";
  })();
})
