// The files of the page, as they are, each from a label to its end.
    .section .rodata

    .macro asset name, paths:vararg
    .global gmmvi_report_\name
    .global gmmvi_report_\name\()_end
gmmvi_report_\name:
    .irp path, \paths
    .incbin "\path"
    .endr
gmmvi_report_\name\()_end:
    .endm

    asset html, GMMVI_REPORT_HTML
    asset css, GMMVI_REPORT_CSS
    asset script, GMMVI_POSTERIOR_JS, GMMVI_REPORT_JS
    asset chart, GMMVI_CHART_JS

    .section .note.GNU-stack, "", %progbits
