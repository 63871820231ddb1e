/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The script of flame graphs: flame.c puts it into each of them.  Without it a graph is a picture for 1200 pixels;
 * with it, frames are laid out for the window, and can be zoomed in to, unfolded and searched for.
 */
(function () {
'use strict';
const svg = document.currentScript.ownerSVGElement;
const PAD = 12, BOTTOM = 34, ROW = 17, NARROW = 0.3; /* as in flame.c */
const BELOW = 6; /* rows below the zoomed frame, where there is no room for all */
const id = x => svg.getElementById(x);
const number = name => +svg.getAttribute('data-' + name);
const total = number('total'), rows = number('rows'), height = number('height');
const info = id('info'), found = id('found'), query = id('query'), rest = info.textContent;
let width = 1200, char = 7.22;

/*
 * Frames come parents first.  s: where it begins, n: its width, d: its depth, all in the file's units; deepest: that
 * of the frames above it; end: the number of the first frame that is not above it.
 */
const byGroup = new Map(), path = [];
const frames = Array.from(svg.querySelectorAll('.f'), function (g, i) {
	const tip = g.querySelector('title').textContent, line = tip.indexOf('\n');
	const f = {
		g, i, tip, name: tip.slice(0, line), more: tip.slice(line + 1),
		rect: g.querySelector('rect'), text: g.querySelector('text'),
		s: +g.getAttribute('data-s'), n: +g.getAttribute('data-n'), d: +g.getAttribute('data-d'),
	};
	f.parent = path[f.d - 1] || null;
	path[f.d] = f;
	byGroup.set(g, f);
	return f;
});
const root = frames[0];
let zoom = root, at = null;

frames.slice().reverse().forEach(function (f) {
	f.deepest = Math.max(f.deepest || 0, f.d);
	f.end = f.end || f.i + 1;
	if (f.parent) {
		f.parent.deepest = Math.max(f.parent.deepest || 0, f.deepest);
		f.parent.end = Math.max(f.parent.end || 0, f.end);
	}
});

/* The columns of a character in a font of fixed width, much as base/text.c has them. */
function columns(c) {
	if (/[\p{Mn}\p{Me}]/u.test(c))
		return 0;
	return /[\u1100-\u115e\u2e80-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2fb}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(c) ? 2 : 1;
}

function cut(name, room) {
	if (!/[^ -~]/.test(name))
		return name.length <= room ? name : name.slice(0, room - 1) + '…';
	const chars = Array.from(name), wide = chars.map(columns);
	if (wide.reduce((a, b) => a + b, 0) <= room)
		return name;
	let n = 0, fit = 0;
	while (n < chars.length && fit + wide[n] < room)
		fit += wide[n++];
	return chars.slice(0, n).join('') + '…';
}

function measure() {
	const w = root.text ? root.text.getComputedTextLength() : 0;
	if (w > 0)
		char = w / root.text.textContent.length;
}

function put(f, x, w, row, name) {
	const y = height - BOTTOM - (row + 1) * ROW, room = Math.floor((w - 8) / char);
	f.rect.setAttribute('x', x.toFixed(2));
	f.rect.setAttribute('y', y);
	f.rect.setAttribute('width', Math.max(w - 0.6, 0.1).toFixed(2));
	if (!f.text && room >= 2)
		f.text = f.g.appendChild(document.createElementNS(svg.namespaceURI, 'text'));
	if (!f.text)
		return;
	f.text.setAttribute('x', (x + 4).toFixed(2));
	f.text.setAttribute('y', y + 13);
	f.text.textContent = room < 2 ? '' : cut(name, room);
}

/*
 * What is zoomed in to has all of the width.  Above it is what it calls, below it who called it.  If that takes more
 * rows than there are, most of what is below becomes one frame, and so does each deep tail.
 */
function draw() {
	const scale = (width - 2 * PAD) / zoom.n;
	const tight = zoom.deepest >= rows && zoom.d > BELOW;
	const base = tight ? BELOW : zoom.d;
	frames.forEach(function (f) {
		const above = f.i >= zoom.i && f.i < zoom.end;
		const up = !above && f.i < zoom.i && f.end > zoom.i;
		const w = up ? width - 2 * PAD : f.n * scale;
		const x = up ? PAD : PAD + (f.s - zoom.s) * scale;
		const row = base + f.d - zoom.d;
		f.row = row;
		f.fold = '';
		if (above && row === rows - 1 && f.deepest > f.d)
			f.fold = f.deepest - f.d + 1 + ' more frames';
		else if (up && tight && row === 0)
			f.fold = zoom.d - BELOW + 1 + ' frames below';
		f.shown = (above || up) && row >= 0 && row < rows && w >= NARROW;
		f.g.setAttribute('class', 'f' + (f.shown ? '' : ' off') + (up ? ' up' : '') + (f.fold ? ' fold' : '') +
			((f.fold && above ? f.hits : f.hit) ? ' hit' : '') + (f === at ? ' at' : ''));
		if (f.shown)
			put(f, x, w, row, f.fold || f.name);
	});
	id('reset').setAttribute('class', zoom === root ? 'off' : '');
}

function fit() {
	svg.setAttribute('width', '100%');
	width = Math.max(svg.getBoundingClientRect().width || 1200, 500);
	svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
	id('box').setAttribute('x', width - PAD - 220);
	id('reset').setAttribute('x', width - PAD - 232);
	found.setAttribute('x', width - PAD);
	draw();
}

function show(f) {
	info.textContent = !f ? rest : (f.fold ? f.fold + ', the first is ' : '') + f.name + ': ' + f.more;
}

function zoomTo(f) {
	zoom = f;
	draw();
}

/* What matches counts once, also where one match calls another.  A name is searched for with its library. */
function search() {
	let re = null, sum = 0, end = 0;
	if (query.value)
		try {
			re = new RegExp(query.value, 'i');
		} catch (e) { /* not yet a regular expression: as it is */
			re = new RegExp(query.value.replace(/[^A-Za-z0-9_ ]/g, '\\$&'), 'i');
		}
	frames.forEach(function (f) {
		f.hit = f.hits = !!re && f !== root && re.test(f.name + ' ' + f.more.slice(0, f.more.lastIndexOf(']') + 1));
		if (f.hit && f.i >= end) {
			sum += f.n;
			end = f.end;
		}
	});
	frames.slice().reverse().forEach(function (f) {
		if (f.hits && f.parent)
			f.parent.hits = true;
	});
	found.textContent = re ? 'matched: ' + (100 * sum / total).toFixed(2) + '%' : '';
	draw();
}

/* The arrow keys go from frame to frame. */
function go(key) {
	const from = at && at.shown ? at : zoom, shown = frames.filter(f => f.shown);
	let to = null;
	if (key === 'ArrowUp')
		to = shown.filter(f => f.parent === from && !from.fold).sort((a, b) => b.n - a.n)[0];
	else if (key === 'ArrowDown')
		to = from.parent && from.parent.shown ? from.parent : null;
	else if (key === 'ArrowLeft')
		to = shown.filter(f => f.row === from.row && f.i < from.i).pop();
	else
		to = shown.find(f => f.row === from.row && f.i > from.i);
	at = to || from;
	draw();
	show(at);
}

function frameOf(e) {
	const g = e.target.closest ? e.target.closest('.f') : null;
	return g && byGroup.get(g);
}

if (!root)
	return;
svg.querySelectorAll('.still').forEach(g => g.remove());
svg.addEventListener('mouseover', e => show(frameOf(e)));
svg.addEventListener('mouseleave', () => show(null));
svg.addEventListener('click', function (e) {
	const f = frameOf(e);
	if (f)
		zoomTo(f);
});
id('reset').addEventListener('click', () => zoomTo(root));
query.addEventListener('input', search);
window.addEventListener('keydown', function (e) {
	const typing = document.activeElement === query;
	if ((e.ctrlKey || e.metaKey) && e.key === 'f' || e.key === '/' && !typing) {
		query.focus();
		query.select();
	} else if (e.key === 'Escape') {
		if (query.value) {
			query.value = '';
			search();
		} else {
			at = null;
			zoomTo(root);
			show(null);
		}
		query.blur();
	} else if (!typing && /^Arrow/.test(e.key)) {
		go(e.key);
	} else if (!typing && e.key === 'Enter' && at) {
		zoomTo(at);
	} else {
		return;
	}
	e.preventDefault();
});
window.addEventListener('resize', fit);
id('box').setAttribute('class', '');
measure();
fit();
})();
