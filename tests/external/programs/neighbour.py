value = 17
