// The files of the page, as they are, each from a label to its end.
    .section .rodata

    .macro file name, path:vararg
    .global gmmvi_report_\name
    .global gmmvi_report_\name\()_end
gmmvi_report_\name:
    .incbin \path
gmmvi_report_\name\()_end:
    .endm

    file html, GMMVI_REPORT_HTML
    file css, GMMVI_REPORT_CSS
    file script, GMMVI_REPORT_JS
    file chart, GMMVI_CHART_JS

    .section .note.GNU-stack, "", %progbits
