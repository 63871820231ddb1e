/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node flame-dom.js FILE.svg ACTION...: a flame graph's script, with a stand-in for the browser that knows just what the
 * script asks for.  Actions: width=PIXELS, click=NAME, over=NAME, reset, search=TEXT, key=KEY, show.  show prints a line
 * for each frame that is shown, "ROW X WIDTH TEXT [CLASS...]", and the three texts that change.
 */
'use strict';
const fs = require('fs'), vm = require('vm');
const [file, ...actions] = process.argv.slice(2);
const CHAR = 7; /* pixels of each character */
let pixels = 1200;

class Element {
	constructor(tag, parent) {
		Object.assign(this, { tag, parent, attributes: {}, children: [], listeners: {}, own: '', value: '' });
	}
	getAttribute(name) { return name in this.attributes ? this.attributes[name] : null; }
	setAttribute(name, value) { this.attributes[name] = String(value); }
	get textContent() { return this.own + this.children.map(c => c.textContent).join(''); }
	set textContent(s) { this.own = s; this.children = []; }
	get classes() { return (this.getAttribute('class') || '').split(' ').filter(c => c); }
	matches(what) { return what[0] === '.' ? this.classes.includes(what.slice(1)) : this.tag === what; }
	querySelectorAll(what) {
		return this.children.flatMap(c => (c.matches(what) ? [c] : []).concat(c.querySelectorAll(what)));
	}
	querySelector(what) { return this.querySelectorAll(what)[0] || null; }
	getElementById(id) { return [this, ...this.all()].find(e => e.getAttribute('id') === id) || null; }
	all() { return this.children.flatMap(c => [c, ...c.all()]); }
	closest(what) { return this.matches(what) ? this : this.parent && this.parent.closest(what); }
	appendChild(e) {
		this.children.push(e);
		e.parent = this;
		return e;
	}
	remove() { this.parent.children = this.parent.children.filter(e => e !== this); }
	getComputedTextLength() { return CHAR * this.textContent.length; }
	getBoundingClientRect() { return { width: pixels }; }
	addEventListener(what, f) { (this.listeners[what] = this.listeners[what] || []).push(f); }
	/* As in a browser, whoever contains it hears of it, too. */
	dispatch(what, event = {}) {
		event = Object.assign({ target: this, preventDefault() {} }, event);
		for (let e = this; e; e = e.parent)
			(e.listeners[what] || []).forEach(f => f(event));
	}
	focus() { document.activeElement = this; }
	select() {}
	blur() { document.activeElement = null; }
	get namespaceURI() { return 'http://www.w3.org/2000/svg'; }
	get ownerSVGElement() { return this.closest('svg'); }
}

function plain(s) {
	return s.replace(/&(lt|gt|amp|quot|#\d+);/g, (all, name) =>
		({ lt: '<', gt: '>', amp: '&', quot: '"' })[name] || String.fromCodePoint(+name.slice(1)));
}

function parse(text) {
	const top = new Element('');
	let at = top;
	for (const [, data, comment, close, open, attributes, empty, words] of text.matchAll(
		/<!\[CDATA\[([^]*?)\]\]>|(<!--[^]*?-->|<\?[^]*?\?>)|<\/(\w+)>|<(\w+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|([^<]+)/g)) {
		if (comment)
			continue;
		if (close && close !== at.tag)
			throw Error(`</${close}> ends <${at.tag}>`);
		if (close)
			at = at.parent;
		if (data || words)
			at.own += data || plain(words);
		if (!open)
			continue;
		const e = at.appendChild(new Element(open));
		for (const [, name, value] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g))
			e.attributes[name] = plain(value);
		at = empty ? at : e;
	}
	return top.children[0];
}

const svg = parse(fs.readFileSync(file, 'utf8')), script = svg.querySelector('script'), window = new Element('');
const document = {
	activeElement: null,
	currentScript: script,
	createElementNS: (space, tag) => new Element(tag),
};
vm.runInNewContext(script.textContent, { document, window });

/* The frame whose whole name is this. */
function frame(name) {
	const f = svg.querySelectorAll('.f').find(g => g.querySelector('title').textContent.split('\n')[0] === name);
	if (!f)
		throw Error('no frame ' + name);
	return f.querySelector('rect');
}

const does = {
	width(n) {
		pixels = +n;
		window.dispatch('resize');
	},
	click: name => frame(name).dispatch('click'),
	over: name => frame(name).dispatch('mouseover'),
	reset: () => svg.getElementById('reset').dispatch('click'),
	search(s) {
		const query = svg.getElementById('query');
		query.value = s;
		query.dispatch('input');
	},
	key: key => window.dispatch('keydown', { key }),
	show() {
		for (const f of svg.querySelectorAll('.f')) {
			const rect = f.querySelector('rect'), text = f.querySelector('text');
			const bottom = +svg.getAttribute('data-height') - 34, marks = f.classes.filter(c => c !== 'f');
			if (!f.classes.includes('off'))
				console.log((bottom - rect.getAttribute('y')) / 17 - 1, rect.getAttribute('x'),
					rect.getAttribute('width'), text ? text.textContent : '', marks.length ? `[${marks}]` : '');
		}
		for (const id of ['info', 'found'])
			console.log(`${id}: ${svg.getElementById(id).textContent}`);
		console.log('reset:', svg.getElementById('reset').classes.includes('off') ? 'hidden' : 'shown');
	},
};
for (const a of actions) {
	const [what, arg] = [a.split('=')[0], a.slice(a.indexOf('=') + 1)];
	does[what](arg);
}
