"""Writes a ledger of deployments without signatures: so many lines as the first argument says."""

import hashlib, sys
root = "0" * 64
for index in range(int(sys.argv[1])):
    day, minute = divmod(index, 1440)
    time = "%04d-%02d-%02dT%02d:%02d:00Z" % (
        1970 + day // 336, 1 + day // 28 % 12, 1 + day % 28, minute // 60, minute % 60)
    name = "%s-%016x" % (time[:10].replace("-", ""), index * 2654435761 % 2**64)
    sha = hashlib.sha1(name.encode()).hexdigest()
    before = ('{"actor":"ana@example.com","created_at":"%s","data":{"environment":"production",'
        '"result":"succeeded","sha":"%s","tag":"v1.4.%d"},"id":"%s","index":%d,"kind":"deploy",'
        '"prev_root":"%s"' % (time, sha, index, name, index, root))
    after = ',"signature":null}'
    root = hashlib.sha256((before + after).encode()).hexdigest()
    print('%s,"root":"%s"%s' % (before, root, after))
