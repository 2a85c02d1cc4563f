/* The WebSocket: connects for ever, with pauses that grow to 5 s, and notices a silent server. */
(function () {
  "use strict";
  const SILENT_MS = 2000; // the server says something every half second
  const GIVE_UP_MS = 6000; // a connection so long silent is dead, whatever it says of itself
  const FIRST_RETRY_MS = 250;
  const LAST_RETRY_MS = 5000;
  const FULL = 4429;
  const NO_STREAM = 4404; // as dashboard/sockets.py closes with
  const SIGNED_OUT = 4401; // and dashboard/guard.py: nobody is signed in here any more

  class Link {
    /* onMessage(message); onState("live" | "silent" | "lost" | "refused" | "full"), told on every change. */
    constructor(url, onMessage, onState) {
      this.url = url;
      this.onMessage = onMessage;
      this.onState = onState;
      this.retryMs = FIRST_RETRY_MS;
      this.heard = performance.now();
      this.state = "";
      this.connect();
      setInterval(() => this.watch(), 250);
    }

    connect() {
      const socket = new WebSocket(this.url);
      this.socket = socket;
      socket.onmessage = (event) => {
        if (socket !== this.socket) return;
        this.heard = performance.now();
        this.retryMs = FIRST_RETRY_MS;
        this.tell("live");
        this.onMessage(JSON.parse(event.data));
      };
      socket.onclose = (event) => {
        if (event.code === SIGNED_OUT) signInAgain();
        else if (socket === this.socket) this.retry({ [NO_STREAM]: "refused", [FULL]: "full" }[event.code] || "lost");
      };
    }

    retry(state) {
      this.socket = null;
      this.tell(state);
      setTimeout(() => this.connect(), this.retryMs * (0.5 + Math.random() / 2));
      this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    }

    watch() {
      if (this.socket === null || this.socket.readyState !== WebSocket.OPEN) return;
      const silent = performance.now() - this.heard;
      if (silent > GIVE_UP_MS) {
        this.heard = performance.now();
        this.socket.close();
        this.retry("lost");
      } else if (silent > SILENT_MS) {
        this.tell("silent");
      }
    }

    tell(state) {
      if (state === this.state) return;
      this.state = state;
      this.onState(state);
    }
  }

  /* What is shown could be anybody's: the page goes, and comes back to where it was. */
  function signInAgain() {
    const here = window.location.pathname + window.location.search;
    window.location.replace(`/sign-in?ended=1&next=${encodeURIComponent(here)}`);
  }

  window.stationwatch = window.stationwatch || {};
  window.stationwatch.Link = Link;
})();
