"""The files of the sample server: a WsgiDAV provider over a folder that knows Nextcloud's properties."""

import os
from typing import Any
from xml.etree.ElementTree import Element

from wsgidav.error_printer import ErrorPrinter
from wsgidav.fs_dav_provider import FileResource, FilesystemProvider, FolderResource
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from backend.nextcloud.demo.registry import Entry, Registry, Snapshot, file_etag, servable

WsgiEnvironment = dict[str, Any]

_SNAPSHOT = "voiceassist.snapshot"
_OC = "{http://owncloud.org/ns}"
_NC = "{http://nextcloud.org/ns}"
# The letters of a file or folder of one's own in Nextcloud.
FILE_PERMISSIONS = "RGDNVW"
FOLDER_PERMISSIONS = "RGDNVCK"


class _File(FileResource):  # type: ignore[misc]
    """A file, with the properties that Nextcloud gives one."""

    def get_etag(self) -> str:
        return file_etag(self.file_stat)

    def get_property_value(self, name: str) -> str | Element:
        own = _property(self, name)
        return super().get_property_value(name) if own is None else own


class _Folder(FolderResource):  # type: ignore[misc]
    """A folder, with the properties that Nextcloud gives one; links and unspeakable names are left out."""

    def get_member_names(self) -> list[str]:
        return [name for name in super().get_member_names() if servable(name)]

    def get_property_value(self, name: str) -> str | Element:
        own = _property(self, name)
        return super().get_property_value(name) if own is None else own


class NextcloudFiles(FilesystemProvider):  # type: ignore[misc]
    """The provider: like WsgiDAV's own, with ids and ETags out of a registry."""

    def __init__(self, folder: str, registry: Registry) -> None:
        super().__init__(folder, fs_opts={"follow_symlinks": False})
        self.registry = registry

    def get_resource_inst(self, path: str, environ: WsgiEnvironment) -> _File | _Folder | None:
        place = self._loc_to_file_path(path, environ)
        if not servable(path) or os.path.islink(place) or not os.path.exists(place):  # noqa: PTH114, PTH110
            return None
        return _Folder(path, environ, place) if os.path.isdir(place) else _File(path, environ, place)  # noqa: PTH112

    def snapshot(self, environ: WsgiEnvironment) -> Snapshot:
        """The state of the folder, looked up once in a request."""
        if _SNAPSHOT not in environ:
            environ[_SNAPSHOT] = self.registry.snapshot()
        snapshot: Snapshot = environ[_SNAPSHOT]
        return snapshot


def _property(resource: _File | _Folder, name: str) -> str | None:
    """The value of a property that Nextcloud adds or fills in another way, or None."""
    if name == f"{_NC}mount-type":
        return ""
    if name == f"{_OC}permissions":
        return FOLDER_PERMISSIONS if resource.is_collection else FILE_PERMISSIONS
    if name not in (f"{_OC}fileid", f"{_OC}size", "{DAV:}getetag"):
        return None
    provider: NextcloudFiles = resource.provider
    entry = provider.snapshot(resource.environ).by_path.get("/" + resource.path.strip("/"))
    if entry is None:
        return None
    return _of_entry(entry, name)


def _of_entry(entry: Entry, name: str) -> str:
    match name:
        case "{DAV:}getetag":
            return f'"{entry.etag}"'
        case _ if name == f"{_OC}fileid":
            return str(entry.file_id)
        case _:
            return str(entry.size)


def files_app(folder: str, registry: Registry, mount_path: str) -> WsgiDAVApp:
    """The WSGI application that serves `folder` under `mount_path`. It does no authentication of its own."""
    return WsgiDAVApp(
        {
            "mount_path": mount_path,
            "provider_mapping": {"/": NextcloudFiles(folder, registry)},
            "middleware_stack": [ErrorPrinter, RequestResolver],
            "lock_storage": False,
            "property_manager": None,
            "verbose": 1,
            "logging": {"enable": False},
            "suppress_version_info": True,
        }
    )
