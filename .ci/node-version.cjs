// Says in one line that this Node is too old. package.json's scripts load it before their program (`node -r`), and so
// before an import or a syntax that an old Node does not know can fail; setup.mjs imports it for whoever runs a program
// of this folder directly. Hence CommonJS, and only what a Node of ten years ago understands.

'use strict';

var least = require('../package.json').engines.node.replace('>=', '');
var have = process.versions.node;

/** @param {string} version */
function numbers(version) {
  return version.split('.').map(Number);
}

var major = numbers(have)[0] - numbers(least)[0];
var minor = numbers(have)[1] - numbers(least)[1];
if (major < 0 || (major === 0 && minor < 0)) {
  console.error('Node ' + least + ' or later is needed, and ' + process.execPath + ' is ' + have + ': https://nodejs.org has newer ones');
  process.exit(1);
}
