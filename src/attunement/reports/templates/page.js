"use strict";
document.documentElement.classList.add("ready");
