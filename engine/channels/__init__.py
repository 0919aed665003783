"""One file per transport behind one small protocol: `engine.channels.transport.Transport`."""
