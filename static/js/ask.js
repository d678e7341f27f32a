// Asks the server from within a page. An answer about the session, or a page of something between, is never taken
// for a broken line: every error says what it is (`kind`) and `again` tells when there is a reason to try once more.
(function () {
  "use strict";
  var words = document.body.dataset;
  function failed(kind, text) { return Object.assign(new Error(text), { kind: kind, final: kind === "refused" }); }
  function tokens() { return document.querySelectorAll("input[name=csrfmiddlewaretoken]"); }
  function read(answer) {
    var mime = answer.headers.get("Content-Type") || "";
    if (answer.type === "opaqueredirect" || !/^application\/(problem\+)?json/.test(mime)) {
      if (answer.status >= 500) { throw failed("server", words.away); }
      throw failed("between", words.between);
    }
    return answer.json().then(function (said) {
      if (answer.ok) { return said; }
      if (answer.status === 401 || said.code === "first") { throw failed("session", said.detail); }
      if (answer.status === 403 && said.code === "csrf") { throw failed("token", said.detail); }
      if (answer.status >= 500 || answer.status === 429) { throw failed("server", said.detail); }
      throw failed("refused", said.detail);
    });
  }
  function once(address, options) {
    var headers = { Accept: "application/json" }, token = tokens()[0];
    if (token && options && options.method === "POST") { headers["X-CSRFToken"] = token.value; }
    var asked = Object.assign({ redirect: "manual" }, options, { headers: Object.assign(headers, (options || {}).headers) });
    return fetch(address, asked).then(read, function () { throw failed("line", words.line); });
  }
  // The token of whoever is signed in now: signing in again, in another tab, makes a new one.
  function renew() {
    return once(words.session).then(function (said) {
      if (String(said.person) !== words.person) { throw failed("refused", words.other); }
      tokens().forEach(function (one) { one.value = said.token; });
    });
  }
  function ask(address, options) {
    return once(address, options).catch(function (error) {
      if (error.kind !== "token") { throw error; }
      return renew().then(function () { return once(address, options); });
    });
  }
  // Resolves when the person comes back to this page, or when the browser has a line again.
  function back() {
    return new Promise(function (done) {
      function come() {
        if (document.visibilityState === "hidden") { return; }
        ["focus", "online"].forEach(function (name) { window.removeEventListener(name, come); });
        document.removeEventListener("visibilitychange", come);
        done();
      }
      ["focus", "online"].forEach(function (name) { window.addEventListener(name, come); });
      document.addEventListener("visibilitychange", come);
    });
  }
  // Resolves when the same person is signed in again; other errors of the asking are left to the next try.
  function signedIn() {
    return back().then(renew).catch(function (error) {
      if (error.kind === "refused") { throw error; }
      return signedIn();
    });
  }
  // Says in `place` what is the matter; about the session with a link that opens the sign-in beside this page.
  function say(place, error) {
    place.textContent = error.message + " ";
    if (error.kind !== "session") { return; }
    var link = document.createElement("a");
    link.href = words.signIn;
    link.target = "_blank";
    link.textContent = words.signInWords;
    place.append(link);
  }
  window.nudm = { ask: ask, say: say, back: back, signedIn: signedIn };
})();
