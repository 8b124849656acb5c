/** Where the admin API lies. Apart from the API itself, which is loaded with its first request. */
export const ADMIN_API = '/admin/api';
