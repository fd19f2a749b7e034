'use strict';
// Everything on the page works without this; it only adds the filter, deep links, the reading under the pointer
// and the fields of a message that is clicked.
(() => {
  const filter = document.querySelector('.filter');
  const search = filter.querySelector('input');
  const chips = [...filter.querySelectorAll('.chip')];
  const nothing = document.querySelector('.nothing');
  filter.hidden = false;
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = chips.filter(c => c.getAttribute('aria-pressed') === 'true').map(c => c.dataset.verdict);
    let shown = 0;
    for (const section of document.querySelectorAll('.feature')) {
      let here = 0;
      for (const one of section.querySelectorAll('.scenario')) {
        const fits = words.every(w => one.dataset.words.includes(w)) &&
          (!wanted.length || wanted.includes(one.dataset.verdict));
        one.hidden = !fits;
        here += fits;
      }
      section.hidden = !here;
      shown += here;
    }
    nothing.hidden = shown > 0;
  };
  search.addEventListener('input', apply);
  for (const chip of chips) {
    chip.addEventListener('click', () => {
      chip.setAttribute('aria-pressed', chip.getAttribute('aria-pressed') !== 'true');
      apply();
    });
  }
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.tagName === 'DETAILS') { target.open = true; target.scrollIntoView(); }
  };
  addEventListener('hashchange', open);
  open();

  const clock = s => {
    const two = n => String(n).padStart(2, '0');
    return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${(s % 60).toFixed(2).padStart(5, '0')}`;
  };
  const points = path => path.points ??= path.getAttribute('d').slice(1).split('L').map(p => p.split(' ').map(Number));
  const valueAt = (curve, x) => {
    let [low, high] = [0, curve.length - 1];
    if (x < curve[0][0] || x > curve[high][0]) return null;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (curve[middle][0] <= x) low = middle; else high = middle;
    }
    const [[x0, y0], [x1, y1]] = [curve[low], curve[high]];
    return x1 === x0 ? y1 : y0 + (y1 - y0) * (x - x0) / (x1 - x0);
  };
  const told = document.createElement('pre');
  told.className = 'told';
  told.tabIndex = -1;
  told.hidden = true;
  document.body.append(told);
  let chosen = null;
  const choose = message => {
    if (chosen) chosen.classList.remove('chosen');
    chosen = message === chosen ? null : message;
    told.hidden = !chosen;
    if (chosen) {
      chosen.classList.add('chosen');
      told.textContent = chosen.querySelector('title').textContent;
      told.scrollTop = 0;
    }
  };
  for (const lanes of document.querySelectorAll('.lanes')) {
    lanes.addEventListener('click', event => {
      const message = event.target.closest('g');
      if (message && message.querySelector('.hit')) choose(message);
    });
  }
  addEventListener('keydown', event => { if (event.key === 'Escape' && chosen) choose(chosen); });
  for (const plots of document.querySelectorAll('.plots')) {
    plots.addEventListener('pointermove', event => {
      const box = plots.querySelector('.track').getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      if (share < 0 || share > 1) return;
      plots.style.setProperty('--at', `${share * 100}%`);
      plots.classList.add('reading');
      const time = clock(Number(plots.dataset.begin) + share * Number(plots.dataset.seconds));
      for (const row of plots.querySelectorAll('.row[data-unit]')) {
        const [low, high] = [Number(row.dataset.low), Number(row.dataset.high)];
        const told = [...row.querySelectorAll('.curve')].map(path => {
          const y = valueAt(points(path), share * 1000);
          return y === null ? null : `${(low + (100 - y) / 100 * (high - low)).toFixed(2)} ${row.dataset.unit}`;
        }).filter(Boolean);
        row.querySelector('output').textContent = told.length ? `${told.join(' / ')} at ${time}` : '';
      }
    });
    plots.addEventListener('pointerleave', () => {
      plots.classList.remove('reading');
      for (const output of plots.querySelectorAll('output')) output.textContent = '';
    });
  }
})();
