// Sends a large file piece by piece before its form, so that a broken line costs one piece and not the file.
(function () {
  "use strict";
  var LARGE = 300000, WAITS = [1, 2, 4, 8, 15, 30];
  function pause(seconds) { return new Promise(function (done) { setTimeout(done, seconds * 1000); }); }
  var ask = window.nudm.ask;
  document.querySelectorAll("form[data-pieces]").forEach(function (form) {
    var place = form.dataset.pieces, bar, words;
    function show(share, text) {
      if (!bar) {
        bar = document.createElement("progress");
        words = document.createElement("p");
        words.className = "help";
        words.setAttribute("role", "status");
        form.append(bar, words);
      }
      bar.value = share;
      words.textContent = text;
    }
    function begin(file, kept) {
      var known = sessionStorage.getItem(kept), data = new FormData();
      data.append("name", file.name);
      data.append("type", file.type);
      data.append("size", file.size);
      function anew() { return ask(place, { method: "POST", body: data }); }
      return known ? ask(place + known + "/").catch(function (error) { if (error.final) { return anew(); } throw error; }) : anew();
    }
    function send(file, said) {
      if (said.got >= file.size) { return said; }
      show(said.got / file.size, form.dataset.sending + " " + Math.floor(100 * said.got / file.size) + " %");
      return ask(place + said.id + "/", {
        method: "POST",
        body: file.slice(said.got, said.got + said.piece),
        headers: { "Upload-Offset": String(said.got), "Content-Type": "application/octet-stream" }
      }).then(function (next) { broken = 0; return send(file, next); });
    }
    var broken = 0;
    function all(file, kept) {
      return begin(file, kept).then(function (said) {
        sessionStorage.setItem(kept, said.id);
        return send(file, said);
      }).catch(function (error) {
        if (error.final || broken >= 40) { throw error; }
        show(bar ? bar.value : 0, error.kind === "line" ? form.dataset.broken : error.message);
        if (error.kind === "session" || error.kind === "between") {
          window.nudm.say(words, error);
          return (error.kind === "session" ? window.nudm.signedIn() : window.nudm.back()).then(function () { return all(file, kept); });
        }
        broken += 1;
        return pause(WAITS[Math.min(broken, WAITS.length) - 1]).then(function () { return all(file, kept); });
      });
    }
    form.addEventListener("submit", function (event) {
      var input = form.querySelector("input[type=file]"), file = input && input.files[0], button = event.submitter;
      if (!file || file.size < LARGE || input.disabled) { return; }
      event.preventDefault();
      var kept = "upload:" + file.name + ":" + file.size + ":" + file.lastModified;
      if (button) { button.disabled = true; }
      all(file, kept).then(function (said) {
        var hidden = document.createElement("input");
        hidden.type = "hidden";
        hidden.name = "upload";
        hidden.value = said.id;
        form.append(hidden);
        show(1, form.dataset.sending + " 100 %");
        sessionStorage.removeItem(kept);
        input.disabled = true;
        if (button) { button.disabled = false; }
        form.requestSubmit(button);
      }).catch(function (error) {
        show(0, error.message);
        if (button) { button.disabled = false; }
      });
    });
  });
})();
