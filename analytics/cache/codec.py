"""Values to bytes and back, without pickle: what is read can only become a registered type.

Layout of the bytes: an envelope (magic, format, length, CRC-32), a head in MessagePack
(the type's name and fingerprint, the arrays' dtypes and shapes, the fields), then the raw
buffers of the arrays, each on an 8-byte boundary. MessagePack is JSON's binary sibling and
is used in its place because JSON has no NaN: a missing number would come back as ``None``.

Anything that is not exactly what `Codec.encode` wrote raises `CodecError`, which callers
treat as "not stored": there is no partly right value.
"""

from __future__ import annotations

import dataclasses
import hashlib
import struct
import typing
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

FORMAT = 1
"""Raised whenever the layout changes; bytes of another format are not read."""

_MAGIC = b"HLDC"
_ENVELOPE = struct.Struct(">4sHxxQI4x")
_HEAD_SIZE = struct.Struct(">I4x")
_ALIGNMENT = 8
_DTYPE_KINDS = frozenset("biufMmU")


class CodecError(Exception):
    """The value cannot be stored, or the bytes are not a whole value of a known type."""


class _Block(msgspec.Struct, array_like=True, frozen=True):
    """One array: its dtype (with byte order), shape, and size in bytes."""

    dtype: str
    shape: tuple[int, ...]
    size: int


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """What precedes the arrays; ``name`` is "" for plain values."""

    name: str
    fingerprint: str
    blocks: tuple[_Block, ...]
    fields: bytes


_head_decoder = msgspec.msgpack.Decoder(_Head)


def seal(body: bytes) -> bytes:
    """Wrap bytes so that `unseal` notices any truncation or change."""
    return _ENVELOPE.pack(_MAGIC, FORMAT, len(body), zlib.crc32(body)) + body


def unseal(data: bytes) -> memoryview:
    """The bytes given to `seal`.

    Raises:
        CodecError: for bytes that are short, long, changed, or of another format.
    """
    if len(data) < _ENVELOPE.size:
        raise CodecError("shorter than an envelope")
    magic, version, length, checksum = _ENVELOPE.unpack_from(data)
    body = memoryview(data)[_ENVELOPE.size :]
    if magic != _MAGIC or version != FORMAT:
        raise CodecError("not an envelope of this format")
    # Compared whole, so that the padding bytes, too, are as they were written.
    if length != len(body) or data[: _ENVELOPE.size] != _ENVELOPE.pack(
        _MAGIC, FORMAT, length, zlib.crc32(body)
    ):
        raise CodecError(f"length or checksum {checksum:#010x} differs")
    return body


class Codec:
    """Encodes plain values and the registered types, and decodes nothing else.

    Plain values are None, bool, int (64 bits), float, str, bytes, and lists and string-keyed
    dicts of them. Registered are frozen dataclasses, whose fields may be numpy arrays, other
    dataclasses, dates, enums and the usual containers; and ``tuple[SuchADataclass, ...]``.

    Args:
        types: name -> type. The name is what is stored: keep it when a class is renamed.

    Raises:
        TypeError: for a type that could not be read back exactly: an untyped (``Any``) field, or
            a union of two dataclasses.
    """

    def __init__(self, types: Mapping[str, Any]) -> None:
        if "" in types:
            raise TypeError("a registered type needs a name")
        self._types = dict(types)
        self._names = {kind: name for name, kind in self._types.items()}
        self._fingerprints = {name: fingerprint(kind) for name, kind in self._types.items()}
        for kind in self._types.values():
            # Fails now, at assembly, for a type that could be written but not read back.
            msgspec.msgpack.Decoder(kind, dec_hook=_refuse_to_decode)

    def encode(self, value: object) -> bytes:
        """The value as bytes.

        Raises:
            CodecError: for a type that is not registered, object arrays, or unstorable fields.
        """
        name = self._name_of(value)
        arrays: list[NDArray[Any]] = []

        def stand_in(item: object) -> object:
            if isinstance(item, np.ndarray):
                arrays.append(_storable(item))
                return len(arrays) - 1
            if isinstance(item, np.generic):
                return item.item()
            raise CodecError(f"a {type(item).__name__} cannot be stored")

        try:
            fields = msgspec.msgpack.encode(
                msgspec.to_builtins(value, builtin_types=(bytes,), enc_hook=stand_in)
            )
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise CodecError(str(error)) from error
        head = msgspec.msgpack.encode(
            _Head(
                name,
                self._fingerprints.get(name, ""),
                tuple(_Block(a.dtype.str, a.shape, a.nbytes) for a in arrays),
                fields,
            )
        )
        parts = [_HEAD_SIZE.pack(len(head)), head, _padding(len(head))]
        for array in arrays:
            parts += [array.tobytes(), _padding(array.nbytes)]
        return seal(b"".join(parts))

    def decode(self, data: bytes) -> Any:
        """The value; its arrays are read-only views of ``data``.

        Raises:
            CodecError: for anything but the whole bytes of a type registered as it was then.
        """
        body = unseal(data)
        try:
            (head_size,) = _HEAD_SIZE.unpack_from(body)
            start = _HEAD_SIZE.size
            head = _head_decoder.decode(body[start : start + head_size])
            arrays = _arrays(body, start + head_size + len(_padding(head_size)), head.blocks)
            return self._decode_fields(head, arrays)
        except (struct.error, ValueError, TypeError, IndexError, RecursionError) as error:
            raise CodecError(str(error)) from error

    def _decode_fields(self, head: _Head, arrays: list[NDArray[Any]]) -> Any:
        if not head.name:
            return msgspec.msgpack.decode(head.fields)
        if self._fingerprints.get(head.name) != head.fingerprint:
            raise CodecError(f"{head.name!r} is not a type registered with these fields")

        used: list[int] = []

        def put_back(kind: Any, item: Any) -> Any:
            if (typing.get_origin(kind) or kind) is not np.ndarray or type(item) is not int:
                raise TypeError(f"{kind} is not an array")
            used.append(item)
            return arrays[item]

        value = msgspec.msgpack.decode(head.fields, type=self._types[head.name], dec_hook=put_back)
        if sorted(used) != list(range(len(arrays))):
            raise CodecError("an array has no field of its own")
        return value

    def _name_of(self, value: object) -> str:
        if _is_plain(value):
            return ""
        name = self._names.get(type(value))
        if name is not None:
            return name
        if type(value) is tuple:
            for kind, name in self._names.items():
                arguments = typing.get_args(kind)
                if typing.get_origin(kind) is tuple and arguments[1:] == (Ellipsis,):
                    member = typing.get_origin(arguments[0]) or arguments[0]
                    if all(type(item) is member for item in value):
                        return name
        raise CodecError(f"{type(value).__name__} is not a registered type")


def fingerprint(kind: Any) -> str:
    """A short hash of the names and types of the fields of a type and of those it is made of.

    Bytes written before a field was added, dropped or retyped are then another type's.
    """
    seen: dict[str, list[str]] = {}

    def visit(part: Any) -> None:
        if part is Any or part is object:
            raise TypeError(f"{kind} has a field that is not typed, and cannot be read back")
        if typing.get_origin(part) is np.ndarray:
            return
        if dataclasses.is_dataclass(part) and isinstance(part, type):
            label = f"{part.__module__}.{part.__qualname__}"
            if label in seen:
                return
            hints = typing.get_type_hints(part)
            names = [field.name for field in dataclasses.fields(part)]
            seen[label] = [f"{name}: {hints[name]}" for name in names]
            for name in names:
                visit(hints[name])
        for argument in typing.get_args(part):
            visit(argument)

    visit(kind)
    text = repr((str(kind), sorted(seen.items())))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _is_plain(value: object) -> bool:
    if value is None or type(value) in (bool, int, float, str, bytes):
        return True
    if type(value) is list:
        return all(_is_plain(item) for item in value)
    if type(value) is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    return False


def _storable(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind not in _DTYPE_KINDS or array.dtype.fields is not None:
        raise CodecError(f"an array of {array.dtype} cannot be stored")
    return np.ascontiguousarray(array) if array.ndim else array


def _padding(size: int) -> bytes:
    return bytes(-size % _ALIGNMENT)


def _arrays(body: memoryview, offset: int, blocks: tuple[_Block, ...]) -> list[NDArray[Any]]:
    arrays: list[NDArray[Any]] = []
    for block in blocks:
        dtype = np.dtype(block.dtype)
        if dtype.kind not in _DTYPE_KINDS:
            raise CodecError(f"an array of {dtype} is not accepted")
        count = int(np.prod(block.shape, dtype=np.int64))
        if count * dtype.itemsize != block.size:
            raise CodecError("an array's shape and size differ")
        if count:
            flat = np.frombuffer(body, dtype, count, offset)
        else:
            flat = np.empty(0, dtype)
            flat.flags.writeable = False
        arrays.append(flat.reshape(block.shape))
        offset += block.size + len(_padding(block.size))
    if offset != len(body):
        raise CodecError("bytes are left over")
    return arrays


def _refuse_to_decode(kind: Any, item: Any) -> Any:
    raise TypeError(f"{kind} is not an array")
