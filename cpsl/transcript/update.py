def has_new_errors(c):
    return False


def save(p, t):
    p.write_text(t)


def updated(t, c):
    return "".join(l.text + "\n" for l in t.lines)
