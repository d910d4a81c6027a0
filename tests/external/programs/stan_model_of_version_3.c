const int bs_major_version = 3, bs_minor_version = 1, bs_patch_version = 0;
