package org.bouncycastle.crypto.digests;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Stands in for the class that JavaRosa asks for a seed of words, which the jar of pyxform left out. */
public final class SHA256Digest {
    private final MessageDigest told;

    public SHA256Digest() throws NoSuchAlgorithmException {
        told = MessageDigest.getInstance("SHA-256");
    }

    public int getDigestSize() {
        return told.getDigestLength();
    }

    public void update(byte[] bytes, int from, int length) {
        told.update(bytes, from, length);
    }

    public int doFinal(byte[] out, int from) {
        byte[] hash = told.digest();
        System.arraycopy(hash, 0, out, from, hash.length);
        return hash.length;
    }
}
