// The files of the projects of `gmmvi new`, one after the other: kind, name within the project, size, and the bytes as
// they are. An empty kind is the end.
    .section .rodata

    .macro file_at sources, kind, name, path
    .asciz "\kind"
    .asciz "\name"
    .8byte 2f - 1f
1:  .incbin "\sources/\path"
2:
    .endm
    .macro file kind, name, path
    file_at GMMVI_SOURCES, \kind, \name, \path
    .endm
    .macro own_file kind, name
    file_at GMMVI_SOURCES, \kind, \name, apps/templates/\kind/\name
    .endm

    .global gmmvi_templates
gmmvi_templates:
    own_file python, README.md
    own_file python, config.yml
    own_file python, simulator.py
    file python, observations.csv, apps/templates/observations.csv

    own_file process, README.md
    own_file process, config.yml
    own_file process, simulator.py
    own_file process, simulator.c
    file process, observations.csv, apps/templates/observations.csv

    own_file plugin, README.md
    own_file plugin, config.yml
    own_file plugin, CMakeLists.txt
    own_file plugin, simulator.c
    file plugin, include/gmmvi/target_plugin.h, include/gmmvi/target_plugin.h
    file plugin, observations.csv, apps/templates/observations.csv

    own_file umbridge, README.md
    own_file umbridge, config.yml
    own_file umbridge, server.py
    file umbridge, observations.csv, apps/templates/observations.csv
    .asciz ""

    .section .note.GNU-stack, "", %progbits
