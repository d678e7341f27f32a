// Sends a large file piece by piece before its form, so that a broken line costs one piece and not the file.
(function () {
  "use strict";
  var LARGE = 300000, WAITS = [1, 2, 4, 8, 15, 30];
  function pause(seconds) { return new Promise(function (done) { setTimeout(done, seconds * 1000); }); }
  function ask(address, options) {
    return fetch(address, Object.assign({ redirect: "error" }, options)).then(function (answer) {
      return answer.json().then(function (said) {
        if (answer.ok) { return said; }
        throw Object.assign(new Error(said.detail), { final: answer.status < 500 && answer.status !== 429 });
      });
    });
  }
  document.querySelectorAll("form[data-pieces]").forEach(function (form) {
    var place = form.dataset.pieces, token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    var headers = { "X-CSRFToken": token }, bar, words;
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
      function anew() { return ask(place, { method: "POST", body: data, headers: headers }); }
      return known ? ask(place + known + "/").catch(function (error) { if (error.final) { return anew(); } throw error; }) : anew();
    }
    function send(file, said) {
      if (said.got >= file.size) { return said; }
      show(said.got / file.size, form.dataset.sending + " " + Math.floor(100 * said.got / file.size) + " %");
      return ask(place + said.id + "/", {
        method: "POST",
        body: file.slice(said.got, said.got + said.piece),
        headers: Object.assign({ "Upload-Offset": String(said.got), "Content-Type": "application/octet-stream" }, headers)
      }).then(function (next) { broken = 0; return send(file, next); });
    }
    var broken = 0;
    function all(file, kept) {
      return begin(file, kept).then(function (said) {
        sessionStorage.setItem(kept, said.id);
        return send(file, said);
      }).catch(function (error) {
        if (error.final || broken >= 40) { throw error; }
        show(bar ? bar.value : 0, form.dataset.broken);
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
