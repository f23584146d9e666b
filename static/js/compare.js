// The choice of what is compared, after the browser's Back.

(() => {
  // A page that the browser kept comes back with the choice by which it was left, above the rates
  // of another: what its address asks for is what the server put into the fields.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelector(".compare-choice")?.reset();
  });
})();
