// Sends the form of a launch once more, from a page of ours: without this script its button does.
document.querySelector("form[data-continue]")?.requestSubmit();
