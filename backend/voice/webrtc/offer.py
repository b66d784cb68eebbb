"""The offer of a WebRTC client (SDP, RFC 8866): what it must hold, and what is taken out of it before it is used."""

from aiortc.sdp import MediaDescription, SessionDescription

from backend.errors import BadInput

_WANTED = "Offer one audio track in both directions and one data channel, bundled, and nothing else."
# Where the client says that it can be reached (RFC 8839).
_ADDRESSES = ("a=candidate:", "a=end-of-candidates", "a=remote-candidates:")


def without_addresses(sdp: str) -> str:
    """The offer without the client's addresses. Raises `BadInput` for what is no offer of a spoken session.

    ICE sends packets to every address that an offer names, so a client could have us knock at anything inside our
    network, and have names looked up. Without them we only answer who has sent us the password of our own answer,
    as a server does that is reachable by itself (RFC 8445, sections 2.5 and 7.3.1.3).
    """
    # Lines as the parser sees them, so that none is left to it that we take for another.
    text = "".join(f"{line}\r\n" for line in sdp.splitlines() if not line.startswith(_ADDRESSES))
    try:
        offer = SessionDescription.parse(text)
    except Exception:  # the parser raises whatever it stumbles over
        raise BadInput("`sdp` is not the SDP of an offer.", field="sdp") from None
    kinds = sorted(media.kind for media in offer.media)
    if kinds != ["application", "audio"]:
        raise BadInput(f"The offer has {', '.join(kinds) or 'no media'}. {_WANTED}", field="sdp")
    [audio] = [media for media in offer.media if media.kind == "audio"]
    if audio.direction != "sendrecv":
        raise BadInput(f"The audio of the offer is {audio.direction}. {_WANTED}", field="sdp")
    if not any(codec.mimeType.lower() == "audio/opus" for codec in audio.rtp.codecs):
        raise BadInput("The audio of the offer cannot be Opus.", field="sdp")
    bundled = [group.items for group in offer.group if group.semantic == "BUNDLE"]
    names = [media.rtp.muxId for media in offer.media]
    if not all(names) or names[0] == names[1] or bundled != [names]:
        raise BadInput(f"The media of the offer are not bundled. {_WANTED}", field="sdp")
    if not all(_is_secured(media) for media in offer.media):
        raise BadInput("The offer lacks the user, the password or the fingerprint that WebRTC needs.", field="sdp")
    return text


def _is_secured(media: MediaDescription) -> bool:
    ice, dtls = media.ice, media.dtls
    return bool(ice and ice.usernameFragment and ice.password and dtls and dtls.fingerprints)
