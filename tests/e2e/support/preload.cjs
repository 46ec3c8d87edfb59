// Loaded into every npm server before it starts.
const net = require('node:net');

// They would listen on every interface: bind loopback instead, and print the port, so that port 0 takes a free one.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => console.log(`loopback port ${this.address().port}`));
  const callbacks = rest.filter((argument) => typeof argument === 'function');
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, ...callbacks);
};

// The SDK's server side takes WebCrypto to be global, which it is since node 20; Debian 12 has 18.
globalThis.crypto ??= require('node:crypto').webcrypto;
